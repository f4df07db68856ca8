"""Decides what the figures are held against: the targets, the best peer of the same run, the ratio, and the table.

Promises: a ratio is Baton's figure over the lowest that any peer has, or over the peer that AGAINST names; where one of
the two is missing there is no ratio, and the target is neither met nor missed.
"""
import sys

# Baton's figure over the best peer's is to be at most this.
TEXT = {
    "edit_ms": 0.15, "bulk_ms": 0.25, "emit1_ms": 0.3, "merge1_ms": 0.5, "merge100_ms": 0.7, "merge_batch_ms": 0.1,
    "updates1_bytes": 1.0, "updates100_bytes": 0.7, "full_bytes": 1.0, "state_bytes": 0.7, "encode_full_ms": 2.0,
    "load_full_text_ms": 2.0, "edit_rss_mb": 0.8, "load_rss_mb": 1.0,
}
SESSION = {"collab_ms": 0.5, "merge1_ms": 1.0}
ACTORS = {"edit_ms": 0.5, "full_bytes": 0.9}
STRANGERS = {"merge1_ms": 0.5}
CONTAINERS = {
    "map_lww_100x1000": {"edit_ms": 0.5, "merge1_ms": 0.5, "load_full_text_ms": 0.7, "full_bytes": 0.9},
    "map_seq_100k": ACTORS, "counter_100x1000": ACTORS,
    "b3_1_map_number": STRANGERS, "b3_3_map_string": STRANGERS,
    "b3_4_list_insert": STRANGERS, "b3_5_text_insert": STRANGERS,
}
# Held against one peer: Yrs leaves deleted text out of what it encodes, Loro keeps it, as Baton does.
AGAINST = {"encode_full_ms": "Loro"}
# Shown as well where both sides have them.
OTHERS = ("emit100_ms", "finish_ms", "merge_batch_ms", "updates1_bytes", "full_bytes", "encode_full_ms",
          "load_full_text_ms")


def compared(figures, targets):
    """A row for each metric: Baton's figure, the best peer's, their ratio, the target. None: there is no such."""
    rows = {}
    for metric in dict.fromkeys([*targets, *OTHERS]):
        own = figures["Baton"].get(metric)
        # Cases so small that the difference drowns in noise have no net time; then the whole counts.
        net = {name: peer.get("edit_net_ms", 0) for name, peer in figures.items()} if metric == "edit_ms" else {}
        peers = {name: net[name] if net.get(name, 0) > 0 else peer[metric]
                 for name, peer in figures.items() if name != "Baton" and metric in peer}
        if metric not in targets and (own is None or not peers):
            continue
        best = AGAINST[metric] if AGAINST.get(metric) in peers else min(peers, key=peers.get, default=None)
        least = 0.1 if metric.endswith("_mb") else 0  # below, what is seen is pages of the allocator
        ratio = own / peers[best] if own is not None and best and peers[best] > least else None
        rows[metric] = {"baton": own, "peer": best, "best": peers.get(best), "ratio": ratio,
                        "target": targets.get(metric), "met": ratio <= targets[metric] if ratio is not None and metric in targets else None}
    return rows


def shown(value, metric):
    if value is None:
        return "none"
    return f"{value:,.0f}" if metric.endswith("_bytes") else f"{value:,.3f}" if value < 10 else f"{value:,.1f}"


def table(name, rows, notes):
    lines = [("metric", "Baton", "best peer", "ratio", "target")]
    for metric, row in rows.items():
        best = f"{shown(row['best'], metric)} ({row['peer']})" if row["peer"] else "none"
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.3f}"
        verdict = {True: " met", False: " missed", None: ""}[row["met"]]
        target = "" if row["target"] is None else f"{row['target']}{verdict}"
        lines.append((metric, shown(row["baton"], metric), best, ratio, target))
    widths = [max(map(len, column)) for column in zip(*lines)]
    print(f"\n## {name}\n")
    for index, line in enumerate(lines):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |")
        if index == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    if notes:
        print("\n" + "\n".join(f"- {note}" for note in notes))
    sys.stdout.flush()
