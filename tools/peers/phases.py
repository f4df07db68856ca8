"""Decides what is measured: one phase of one case with one library, in this process, which does nothing else.

    phases.py ENGINE KIND FILE TMP

It speaks as `baton-bench peer KIND FILE TMP` does: KIND is local, load, sync, collab, merge or map, FILE a compiled
trace (for map: a case's name), TMP a folder that lasts over the phases of one case. The last line printed is one JSON
object; exit status 3: the library does not do that. Promises: times are CPU time after a warm-up, what is measured
is checked to be right. With status 3 what was printed before still counts.
"""
import gc
import marshal
import pathlib
import sys

import containers
import engines
import traces
from figures import Figures, check, encode, settled


def warm_up(engine):
    """Touches the library's code once, so that paging it in is in nobody's figures."""
    author, reader = engine.new(4000), engine.new(4001)
    engine.edit(author, [[(index, 0, "w")] for index in range(50)] + [[(index, 1, "")] for index in range(25)])
    engine.receive(reader, [engine.history(author)])
    check(engine.text(author) == engine.text(engine.open(engine.full(reader))), "warm-up")


def local(engine, trace, figures, folder):
    """One user types everything; then it is encoded."""
    base, document = settled(), engine.new(1)
    figures.timed("edit", lambda: engine.edit(document, trace.txns))
    figures.grown("edit", base)
    check(engine.text(document) == trace.end, "text after editing")
    spare = engine.new(1)
    figures.timed("noop", lambda: engine.idle(spare, trace.txns))
    check(not engine.text(spare), "noop changes the text")
    encode(engine, engine.complete(document, lambda other: engine.edit(other, trace.txns)), figures, folder)
    if engine.edits_at_once:
        at_once, document = [[patch for patches in trace.txns for patch in patches]], engine.new(1)
        figures.timed("bulk", lambda: engine.edit(document, at_once))
        check(engine.text(document) == trace.end, "text after editing at once")


def load(engine, trace, figures, folder):
    """It is opened and read: memory of the first time, time of the best."""
    data = (folder / "full").read_bytes()
    base = settled()
    document = engine.open(data)
    text = engine.text(document)
    figures.grown("load", base)
    check(trace.end in (None, text), "text after opening")
    figures.best("load_full", lambda: engine.open(data))
    figures.best("load_full_text", lambda: engine.text(engine.open(data)))


def sync(engine, trace, figures, folder):
    """One user types and sends an update for each txn, then for each hundred; another receives them."""
    for size in (1, 100):
        groups = trace.txns if size == 1 else [
            [patch for patches in trace.txns[start : start + size] for patch in patches]
            for start in range(0, len(trace.txns), size)]
        author = engine.new(1)
        updates = figures.timed(f"emit{size}", lambda: engine.edit_and_send(author, groups))
        figures[f"updates{size}_bytes"] = sum(map(len, updates))
        receive(engine, updates, trace.end, figures, size)


def receive(engine, updates, end, figures, size=1):
    base, reader = settled(), engine.new(2000)
    text = figures.timed(f"merge{size}", lambda: (engine.receive(reader, updates), engine.text(reader))[1])
    if size == 1:
        figures.grown("merge1", base)
        other = engine.new(2001)
        figures.timed("merge_batch", lambda: (engine.receive_at_once(other, updates), engine.text(other)))
        check(engine.text(other) == text, "one by one and at once differ")
    check(end in (None, text), "text after receiving")


def collab(engine, trace, figures, folder):
    """A session: before each txn its replica receives, one by one, what the txn's author had and it has not."""
    members, updates = [engine.member(number + 1) for number in range(trace.replicas)], []

    def play():
        for agent, imports, patches in zip(trace.agents, trace.imports, trace.txns):
            _, take, make = members[agent]
            for index in imports:
                if updates[index]:
                    take(updates[index])
            updates.append(make(patches) if patches else None)

    figures.timed("collab", play)
    if trace.end is None:  # nobody waited for the last: whoever lacks something gets it
        txns = list(zip(trace.agents, trace.imports))
        lacking = [{index for index, (agent, _) in enumerate(txns) if agent != user and updates[index]}.difference(
            *(imports for agent, imports in txns if agent == user)) for user in range(trace.replicas)]
        figures.timed("finish", lambda: [take(updates[index]) for (_, take, _), missing in zip(members, lacking)
                                         for index in sorted(missing)])
        check(len({engine.text(document) for document, _, _ in members}) == 1, "replicas differ")
    document = members[trace.agents[-1]][0]
    check(trace.end in (None, engine.text(document)), "text after the session")
    sent = [update for update in updates if update]
    figures["updates1_bytes"] = sum(map(len, sent))
    encode(engine, engine.complete(document, lambda other: engine.receive(other, sent)), figures, folder)
    (folder / "updates").write_bytes(marshal.dumps(sent))


def merge(engine, trace, figures, folder):
    """A newcomer receives the whole session."""
    receive(engine, marshal.loads((folder / "updates").read_bytes()), trace.end, figures)


def main(name, kind, file, folder):
    engine, figures, folder = engines.engine(name), Figures(), pathlib.Path(folder)
    gc.disable()
    try:
        if kind == "map":
            warm_up(engine)
            return containers.containers(engine, file, figures, folder)
        trace = traces.read(file)
        if engine.in_utf8:
            trace = traces.in_utf8(trace)
        warm_up(engine)
        phase = {"local": local, "load": load, "sync": sync, "collab": collab, "merge": merge}[kind]
        phase(engine, trace, figures, folder)
    except (engines.Lacks, traces.NoTrace):
        sys.exit(3)


if __name__ == "__main__":
    main(*sys.argv[1:])
