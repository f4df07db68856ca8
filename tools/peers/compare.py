"""Decides what is compared with what, and prints it: runs every case with every engine, and holds Baton's figures
against the best peer's of the same run.

    compare [--json] [--traces FOLDER] [--only NAME]... [--runs N]

Each phase of a case runs in a fresh process, and of its runs the best time counts: a busy machine makes figures worse,
never better. Promises: a figure that is missing is said to be, and is never taken for a good one; where peers are
driven through Python, what the calls cost is measured beside and taken off their editing times before the ratio, and
nothing is taken off Baton's. Ratios hold on one machine and in one run; times of two runs are not compared.
"""
import argparse
import fnmatch
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import engines
import made
import traces
from targets import CONTAINERS, SESSION, TEXT, compared, table

HERE = pathlib.Path(__file__).resolve().parent
BATON = [str(HERE.parent.parent / ".build" / "release" / "baton-bench"), "peer"]
COMMANDS = {"Baton": BATON} | {name: [sys.executable, str(HERE / "phases.py"), name] for name in engines.NAMES}
PHASES = {".ops": ("local", "load", "sync"), ".cops": ("collab", "load", "merge"), "": ("map",)}
LIMIT = 60  # seconds a run may take
LONG = 5  # a run over this many seconds is not repeated


def say(line):
    print(line, file=sys.stderr, flush=True)


def cases(folder, only):
    """Name, compiled file (a case's name where there is none) and targets of every case that is asked for."""
    found = traces.recorded(folder) if folder else {}
    if not folder:
        say("recorded traces not used: --traces names no folder; they are published at "
            "https://github.com/josephg/editing-traces")
    paths = {name: found.get(name) for name in [*found, *made.CASES]}
    wanted = [name for name in [*paths, *CONTAINERS] if not only or any(fnmatch.fnmatch(name, each) for each in only)]
    for pattern in only:
        if not any(fnmatch.fnmatch(name, pattern) for name in wanted):
            sys.exit(f"compare: no case is called {pattern}; there are {', '.join([*paths, *CONTAINERS])}")
    for name in wanted:
        if name in CONTAINERS:
            yield name, name, CONTAINERS[name]
            continue
        try:
            file = traces.compiled(name, paths[name])
        except traces.NoTrace as reason:
            say(f"{name} left out: {reason}")
            continue
        yield name, str(file), SESSION if file.suffix == ".cops" else TEXT


# ------------------------------------------------------------------------------------------------ measuring


def last_object(output):
    """The figures on the last whole line; a process that was stopped may have left half of one."""
    for line in reversed((output or b"").decode(errors="replace").splitlines()):
        if line.startswith("{") and line.endswith("}"):
            return json.loads(line)
    return {}


def run(command, phase, file, folder):
    """Figures of one run, and what went wrong, if anything."""
    try:
        done = subprocess.run([*command, phase, file, folder], capture_output=True, timeout=LIMIT)
    except subprocess.TimeoutExpired as stopped:
        return last_object(stopped.stdout), f"stopped after {LIMIT} s"
    if done.returncode == 3:
        return last_object(done.stdout), "not offered"
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        return {}, f"failed: {lines[-1] if lines else f'exit status {done.returncode}'}"
    return last_object(done.stdout), None


def fold(runs):
    """Of times the best, of memory the median; sizes are the same every time."""
    folded = {}
    for key in dict.fromkeys(key for figures in runs for key in figures if key != "version"):
        values = [figures[key] for figures in runs if key in figures]
        folded[key] = statistics.median(values) if key.endswith("_mb") else min(values)
    return folded


def measure(engine, file, count):
    """All figures of an engine in a case, and notes on what is missing."""
    figures, notes = {}, []
    phases = PHASES[pathlib.Path(file).suffix]
    with tempfile.TemporaryDirectory() as folder:
        for phase in phases:
            runs, problem, took = [], None, 0
            while len(runs) < count and took <= LONG and not problem:
                start = time.monotonic()
                result, problem = run(COMMANDS[engine], phase, file, folder)
                took = time.monotonic() - start
                runs.append(result)
            figures |= fold(runs)
            if problem:
                notes.append(f"{engine}: {phase} {problem}")
            if phase == phases[0] and not any(runs):
                break  # it leaves what later phases open, or would be slower still in them
    if "noop_ms" in figures and "edit_ms" in figures:
        figures["edit_net_ms"] = figures["edit_ms"] - figures["noop_ms"]
    return figures, notes


def main():
    parser = argparse.ArgumentParser(prog="compare", description="Baton beside Loro, Yrs and Automerge.")
    parser.add_argument("--json", action="store_true", help="print one JSON object with all figures, ratios and targets")
    parser.add_argument("--traces", metavar="FOLDER", help="where recorded traces are")
    parser.add_argument("--only", metavar="NAME", action="append", default=[], help="a case, or a pattern such as 'b3_*'")
    parser.add_argument("--runs", metavar="N", type=int, default=3,
                        help=f"runs of a phase; one where it takes over {LONG} s")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs is at least 1")
    if options.traces and not pathlib.Path(options.traces).is_dir():
        parser.error(f"--traces: {options.traces} is no folder")
    result = {}
    for name, file, targets in cases(options.traces, options.only):
        say(f"measuring {name}")
        figures, notes = {}, []
        for engine in COMMANDS:
            figures[engine], missing = measure(engine, file, options.runs)
            notes += missing
        rows = compared(figures, targets)
        result[name] = {"figures": figures, "compared": rows, "notes": notes}
        if not options.json:
            table(name, rows, notes)
    if options.json:
        print(json.dumps({"runs": options.runs, "cases": result}, indent=1))
    # A missed target is a finding; a phase that failed is a fault.
    if any(" failed: " in note for case in result.values() for note in case["notes"]):
        sys.exit("compare: a phase failed; see the notes")


if __name__ == "__main__":
    main()
