"""Decides how a phase is measured: CPU time of this process, growth of its resident memory, sizes.

CPU time, because a machine may be shared. Promises: the figures are printed after every step, as one JSON object a line,
so that what was measured counts when time runs out before the end.
"""
import ctypes
import gc
import json
import sys
import time

from engines import Lacks


class Figures(dict):
    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        print(json.dumps(self), flush=True)

    def timed(self, tag, body):
        start = time.process_time_ns()
        result = body()
        self[f"{tag}_ms"] = (time.process_time_ns() - start) / 1e6
        return result

    def best(self, tag, body):
        """The best of up to ten calls, or of what fits into 60 ms."""
        times = []
        while len(times) < 10 and sum(times) < 60e6:
            start = time.process_time_ns()
            result = body()
            times.append(time.process_time_ns() - start)
        self[f"{tag}_ms"] = min(times) / 1e6
        return result

    def grown(self, tag, base):
        if base is not None:
            self[f"{tag}_rss_mb"] = resident() - base


def resident():
    """Resident memory in MB; None where the system does not tell."""
    try:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024
    except OSError:
        return None


def settled():
    """The same, after the allocator gave back what it can: growth is counted from here."""
    gc.collect()
    if hasattr(ctypes.CDLL(None), "malloc_trim"):
        ctypes.CDLL(None).malloc_trim(0)
    return resident()


def check(is_right, what):
    if not is_right:
        sys.exit(f"wrong: {what}")


def encode(engine, document, figures, folder):
    for tag in ("full", "state"):
        try:
            data = figures.timed(f"encode_{tag}", lambda: getattr(engine, tag)(document))
        except Lacks:
            continue
        figures[f"{tag}_bytes"] = len(data)
        (folder / tag).write_bytes(data)
