"""Drives Automerge, as far as its package goes: an old core (automerge-rs 0.5.7) whose binding has no splice, takes text
one character a call, applies no updates, and panics at counters. So it edits texts that are typed one character at a
time, and encodes and opens; what replicas of a map case made is merged in memory, without encoding, in its favour.
"""
from engines import Lacks, replica_id


class Automerge:
    in_utf8 = False
    edits_at_once = True

    def __init__(self):
        import automerge.core as library

        self.library, self.types = library, {int: library.ScalarType.Int, str: library.ScalarType.Str}
        # Containers are known by the change that made them, so that all replicas begin with the same change.
        document = library.Document(b"everyone's start")
        with document.transaction() as transaction:
            self.t = transaction.put_object(library.ROOT, "t", library.ObjType.Text)
            self.m = transaction.put_object(library.ROOT, "m", library.ObjType.Map)
            self.l = transaction.put_object(library.ROOT, "l", library.ObjType.List)
        self.start = document.save()

    def new(self, number):
        document = self.library.Document.load(self.start)
        document.set_actor(replica_id(number, 128).to_bytes(16, "big"))
        return document

    def edit(self, document, txns):
        if sum(deleted + len(inserted) for patches in txns for _, deleted, inserted in patches) > 2 * sum(map(len, txns)):
            raise Lacks
        text, string = self.t, self.types[str]
        for patches in txns:
            with document.transaction() as transaction:
                insert, delete = transaction.insert, transaction.delete
                for at, deleted, inserted in patches:
                    for _ in range(deleted):
                        delete(text, at)
                    for offset, character in enumerate(inserted, at):
                        insert(text, offset, string, character)

    def idle(self, document, txns):
        text = self.t
        with document.transaction() as transaction:
            call = transaction.object_type
            for patches in txns:
                for _, deleted, inserted in patches:
                    for _ in range(deleted):
                        call(text)
                    for _ in inserted:
                        call(text)

    def lacks(self, *_):
        raise Lacks

    edit_and_send = member = receive_at_once = state = lacks

    def history(self, document):
        return document

    def receive(self, document, others):
        for other in others:
            document.merge(other)

    def complete(self, document, replay):
        return document

    def full(self, document):
        return document.save()

    def open(self, data):
        return self.library.Document.load(data)

    def text(self, document):
        return document.text(self.t)

    def act(self, document, kind, work):
        with document.transaction() as transaction:
            if kind == "map":
                put, entries, types = transaction.put, self.m, self.types
                for key, value in work:
                    put(entries, key, types[type(value)], value)
            elif kind == "list":
                transaction.insert(self.l, 0, self.types[str], work)
            elif kind == "text":
                for offset, character in enumerate(work):
                    transaction.insert(self.t, offset, self.types[str], character)
            else:
                raise Lacks

    def act_idle(self, document, kind, work):
        if kind == "map":
            with document.transaction() as transaction:
                call, entries = transaction.object_type, self.m
                for _ in work:
                    call(entries)

    def value(self, document, kind):
        if kind == "text":
            return self.text(document)
        if kind == "list":
            return [value[0][1] for value in document.values(self.l)]
        return {key: document.get(self.m, key)[0][1] for key in document.keys(self.m)}
