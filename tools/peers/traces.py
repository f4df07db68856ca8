"""Decides what is typed: finds the cases with a text, and compiles each into the file that every engine reads.

A case is a recorded trace (a JSON file of github.com/josephg/editing-traces, sequential or concurrent) or one of made.py.
The compiled form is what Sources/baton-bench/Peer/PeerFile.swift describes: `.ops` for
one user, `.cops` for several, and those also say what a user received before each txn. Peers read the very file
Baton reads, so nobody can be given different work.

Promises: a compiled file is whole (it is renamed into place), and newer than its source and than this program.
"""
import gzip
import json
import os
import pathlib
import struct
from dataclasses import dataclass, field

import made

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "baton-peers" / "traces"


class NoTrace(Exception):
    """The file is something else, or asks for what replicas of this harness cannot do."""


@dataclass
class Trace:
    """Txns are lists of (position, deleted, inserted); `agents` and `parents` only where several users type."""

    txns: list
    end: str | None = None  # None: concurrent insertions meet, and their order is each engine's own
    agents: list = field(default_factory=list)
    parents: list = field(default_factory=list)
    imports: list = field(default_factory=list)  # what each txn's replica receives first
    replicas: int = 0


# ------------------------------------------------------------------------------------------------ recorded


def recorded(folder):
    """Name and path of what may be a trace; opening it tells whether it is."""
    return {path.name.removesuffix(".gz").removesuffix(".json"): path for path in sorted(pathlib.Path(folder).iterdir())
            if path.name.endswith((".json", ".json.gz"))}


def _parse(path):
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as file:
        source = json.load(file)
    try:
        txns = [[tuple(patch) for patch in txn["patches"]] for txn in source["txns"]]
        trace = Trace(txns, source["endContent"])
        if source.get("kind") == "concurrent":
            trace.agents = [txn["agent"] for txn in source["txns"]]
            trace.parents = [txn["parents"] for txn in source["txns"]]
    except (TypeError, KeyError):
        raise NoTrace("no editing trace") from None
    if source.get("startContent"):
        raise NoTrace("does not begin with an empty text")
    return trace


def _deliver(trace):
    """Works out which txns each user has to receive before each of its own: those its parents include, no more."""
    trace.replicas = max(trace.agents) + 1
    made = [[] for _ in range(trace.replicas)]
    held = [[0] * trace.replicas for _ in range(trace.replicas)]  # per user: how many txns of each user it has
    reached = []  # per txn: how many txns of each user it includes
    for index, (agent, parents) in enumerate(zip(trace.agents, trace.parents)):
        version = [max(column) for column in zip([0] * trace.replicas, *(reached[parent] for parent in parents))]
        if version[agent] != len(made[agent]):
            raise NoTrace("a user's own txns are concurrent")
        trace.imports.append(sorted(txn for user in range(trace.replicas) if user != agent
                                    for txn in made[user][held[agent][user] : version[user]]))
        made[agent].append(index)
        version[agent] += 1
        held[agent] = version
        reached.append(version)


# ------------------------------------------------------------------------------------------------ compiled


def compiled(name, path=None):
    """The compiled file of a case, made when there is none or it is old."""
    inputs = [pathlib.Path(__file__), path or pathlib.Path(made.__file__)]
    for file in (CACHE / f"{name}.ops", CACHE / f"{name}.cops"):
        if file.exists() and all(file.stat().st_mtime > source.stat().st_mtime for source in inputs):
            return file
    trace = _parse(path) if path else Trace(*made.CASES[name]())
    if trace.agents:
        _deliver(trace)
    CACHE.mkdir(parents=True, exist_ok=True)
    file = CACHE / f"{name}.{'cops' if trace.agents else 'ops'}"
    part = file.with_suffix(f".{os.getpid()}")
    part.write_bytes(_encode(trace))
    part.replace(file)
    return file


def _encode(trace):
    words, text = [], []
    for index, patches in enumerate(trace.txns):
        if trace.agents:
            agent, parents, imports = trace.agents[index], trace.parents[index], trace.imports[index]
            words += [agent, agent, len(parents), *parents, len(imports), *imports]
        words.append(len(patches))
        for at, deleted, inserted in patches:
            text.append(inserted.encode())
            words += [at, deleted, len(text[-1])]
    text, end = b"".join(text), (trace.end or "").encode()
    head = [len(trace.txns), sum(map(len, trace.txns)), len(words), len(text), len(end), trace.replicas]
    return (b"COP1" if trace.agents else b"OPS1") + struct.pack(f"<{6 + len(words)}I", *head, *words) + text + end


def read(file):
    """A compiled file as the peers use it."""
    data = pathlib.Path(file).read_bytes()
    several = data[:4] == b"COP1"
    txns, _, count, text_size, end_size, replicas = struct.unpack_from("<6I", data, 4)
    words = iter(struct.unpack_from(f"<{count}I", data, 28))
    at = 28 + 4 * count
    end = data[at + text_size :].decode()
    trace = Trace([], None if several and not end_size else end, replicas=replicas)
    take = words.__next__
    for _ in range(txns):
        if several:
            take()
            trace.agents.append(take())
            trace.parents.append([take() for _ in range(take())])
            trace.imports.append([take() for _ in range(take())])
        patches = []
        for _ in range(take()):
            position, deleted, size = take(), take(), take()
            patches.append((position, deleted, data[at : at + size].decode()))
            at += size
        trace.txns.append(patches)
    return trace


def in_utf8(trace):
    """The same with positions and lengths in bytes, for an engine that counts those."""
    if all(inserted.isascii() for patches in trace.txns for _, _, inserted in patches):
        return trace
    if trace.agents:
        raise NoTrace("byte positions of several users' text are not worked out")
    text, txns = "", []
    for patches in trace.txns:
        txns.append([])
        for at, deleted, inserted in patches:
            txns[-1].append((len(text[:at].encode()), len(text[at : at + deleted].encode()), inserted))
            text = text[:at] + inserted + text[at + deleted :]
    return Trace(txns, trace.end)
