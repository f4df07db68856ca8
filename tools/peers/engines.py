"""Decides how libraries are driven: what every engine can be asked, and which engines there are.

The hot loops are in drive_loro.py, drive_yrs.py and drive_automerge.py, as bare as Python allows. They have the same
calls, and what a library lacks raises `Lacks`, which leaves the figure out:

    new, open, text, value, full, state, history     a replica, from its number or from bytes, and what is read off it
    edit, edit_and_send, member                      txns of (position, deleted, inserted), alone or in a session
    receive, receive_at_once                         updates of others
    act                                              one txn on a map, list, counter or text
    idle, act_idle                                   as `edit` and `act`, changing nothing
    complete                                         the document with its full history, where `new` makes less

Promises: replica ids are as long as those the library would draw (short ones would flatter its sizes) and rise with the
replica's number (recorded concurrent traces end as published only then); the idle loops make a native call for every
one that edits, with arguments of the same kinds, so that what they take is Python's cost and not the library's.
"""
import hashlib
import importlib

NAMES = ("Loro", "Yrs", "Automerge")


class Lacks(Exception):
    """The library, or its binding, has no such thing, or is far too slow at it."""


def engine(name):
    # Only the library that is measured is loaded: the others would be in its memory.
    return getattr(importlib.import_module(f"drive_{name.lower()}"), name)()


def replica_id(number, bits):
    """The top bit, then the number, then bits that look drawn."""
    low = bits - 14
    drawn = int.from_bytes(hashlib.blake2b(number.to_bytes(4, "big"), digest_size=16).digest(), "big")
    return 1 << (bits - 1) | number << low | drawn & ((1 << low) - 1)
