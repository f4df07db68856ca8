"""Decides what is done to maps, lists and counters, and measures it: the cases without a text of one author.

Promises: baton-bench does the same (Sources/baton-bench/Peer/PeerMaps.swift), key by key. Sizes as in B3 of
dmonad/crdt-benchmarks with N = 6000 where a case is one of those.
"""
from engines import Lacks
from figures import check, encode, settled
from made import Chance

NEWCOMERS = 20 * 77  # 20 x floor(sqrt 6000)


def work_of(case):
    """The kind of container, and what each replica does to it in one txn."""
    chance = Chance(30)
    each = range(NEWCOMERS)
    return {
        "map_lww_100x1000": lambda: ("map", [[(f"k{chance.below(10000):05}", actor * 1000 + index)
                                              for index in range(1000)] for actor in range(100)]),
        "counter_100x1000": lambda: ("counter", [1000] * 100),
        "b3_1_map_number": lambda: ("map", [[("v", number)] for number in each]),
        "b3_3_map_string": lambda: ("map", [[("v", str(number) * NEWCOMERS)] for number in each]),
        "b3_4_list_insert": lambda: ("list", [str(number) for number in each]),
        "b3_5_text_insert": lambda: ("text", [str(number) for number in each]),
    }[case]()


def one_actor(engine, figures):
    """10,000 keys, then 90,000 of them at random, a hundred a txn."""
    chance = Chance(31)
    sets = [(f"k{index if index < 10000 else chance.below(10000):05}", index) for index in range(100000)]
    groups = [sets[start : start + 100] for start in range(0, len(sets), 100)]
    base, document = settled(), engine.new(1)
    figures.timed("edit", lambda: [engine.act(document, "map", group) for group in groups])
    figures.grown("edit", base)
    check(engine.value(document, "map") == dict(sets), "map")
    spare = engine.new(1)
    figures.timed("noop", lambda: [engine.act_idle(spare, "map", group) for group in groups])
    return "map", document, []


def strangers(engine, case, figures):
    """Replicas that never met make one txn each; somebody merges them."""
    kind, work = work_of(case)
    replicas = figures.timed("new", lambda: [engine.new(number + 1) for number in range(len(work))])
    figures.timed("edit", lambda: [engine.act(replica, kind, part) for replica, part in zip(replicas, work)])
    spare = engine.new(4000)
    figures.timed("noop", lambda: [engine.act_idle(spare, kind, part) for part in work])
    updates = figures.timed("emit", lambda: [engine.history(replica) for replica in replicas])
    if all(isinstance(update, bytes) for update in updates):
        figures["updates1_bytes"] = sum(map(len, updates))
    return kind, None, updates


def containers(engine, case, figures, folder):
    kind, document, updates = one_actor(engine, figures) if case == "map_seq_100k" else strangers(engine, case, figures)
    if updates:
        document = engine.new(5000)
        try:
            figures.timed("merge_batch", lambda: (engine.receive_at_once(document, updates),
                                                  engine.value(document, kind)))
        except Lacks:
            engine.receive(document, updates)
    value = engine.value(document, kind)
    if updates and kind == "map":  # who wins a key is the engine's own
        check(set(value) == {key for part in work_of(case)[1] for key, _ in part}, "keys")
    check(kind != "counter" or value == 100000, "counter")
    check(kind not in ("list", "text") or sorted("".join(value)) == sorted("".join(work_of(case)[1])), "content")
    encode(engine, document, figures, folder)
    data = (folder / "full").read_bytes()
    opened = figures.best("load_full_text", lambda: engine.value(engine.open(data), kind))
    check(opened == value, "content after opening")
    if updates:  # the last, as some libraries need minutes
        other = engine.new(5001)
        merged = figures.timed("merge1", lambda: (engine.receive(other, updates), engine.value(other, kind))[1])
        check(merged == value, "one by one and at once differ")
