"""Drives Loro: it is used as it is, a commit for each txn."""
from engines import replica_id


class Loro:
    in_utf8 = False
    edits_at_once = True

    def __init__(self):
        import loro

        self.library = loro

    def new(self, number):
        document = self.library.LoroDoc()
        document.peer_id = replica_id(number, 63)
        return document

    def edit(self, document, txns):
        """One commit for each of `txns`."""
        text, commit = document.get_text("t"), document.commit
        insert, delete = text.insert, text.delete
        for patches in txns:
            for at, deleted, inserted in patches:
                if deleted:
                    delete(at, deleted)
                if inserted:
                    insert(at, inserted)
            commit()

    def idle(self, document, txns):
        text = document.get_text("t")
        insert, delete = text.insert, text.delete
        for patches in txns:
            for _, deleted, inserted in patches:
                if deleted:
                    delete(0, 0)
                if inserted:
                    insert(0, "")

    def edit_and_send(self, document, txns):
        """As `edit`; returns the bytes to send after each txn."""
        sent = []
        # A subscription that does not answer True ends.
        subscription = document.subscribe_local_update(lambda update: sent.append(update) or True)
        self.edit(document, txns)
        subscription.unsubscribe()
        return sent

    def member(self, number):
        """A user of a session: the document, what takes an update in, and what makes one of some patches."""
        document, sent = self.new(number), []
        subscription = document.subscribe_local_update(lambda update: sent.append(update) or True)

        def make(patches, _keep=subscription):
            self.edit(document, (patches,))
            return sent.pop()

        return document, document.import_, make

    def receive(self, document, updates):
        take = document.import_
        for update in updates:
            take(update)

    def receive_at_once(self, document, updates):
        document.import_batch(updates)

    def complete(self, document, replay):
        return document

    def full(self, document):
        return document.export(self.library.ExportMode.Snapshot())

    def state(self, document):
        return document.export(self.library.ExportMode.ShallowSnapshot(document.oplog_frontiers))

    def history(self, document):
        return document.export(self.library.ExportMode.Updates(self.library.VersionVector()))

    def open(self, data):
        document = self.library.LoroDoc()
        document.import_(data)
        return document

    def text(self, document):
        return document.get_text("t").to_string()

    def act(self, document, kind, work):
        """One txn on a container."""
        if kind == "map":
            insert = document.get_map("m").insert
            for key, value in work:
                insert(key, value)
        elif kind == "counter":
            increment = document.get_counter("c").increment
            for _ in range(work):
                increment(1)
        elif kind == "list":
            document.get_list("l").insert(0, work)
        else:
            document.get_text("t").insert(0, work)
        document.commit()

    def act_idle(self, document, kind, work):
        if kind == "map":
            insert = document.get_map("m").insert
            for _ in work:
                insert("k", 0)  # the value it has: nothing is recorded
        elif kind == "counter":
            counter = document.get_counter("c")
            for _ in range(work):
                counter.value

    def value(self, document, kind):
        if kind == "counter":
            return int(document.get_counter("c").value)
        if kind == "text":
            return self.text(document)
        return (document.get_map("m") if kind == "map" else document.get_list("l")).get_deep_value()
