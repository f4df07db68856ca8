"""Drives Yrs by pycrdt's native layer, without its Python wrappers, which would count against it."""
import json

from engines import Lacks, replica_id


class Yrs:
    in_utf8 = True
    edits_at_once = False  # blocks are joined at commit only, so that one txn of a whole trace is quadratic

    def __init__(self):
        from pycrdt._pycrdt import Doc

        self.library = Doc

    def new(self, number, keeps_deleted=False):
        return self.library(replica_id(number, 53), keeps_deleted or None, None)

    def _within(self, document, body):
        transaction = document.create_transaction()
        result = body(transaction)
        transaction.commit()
        transaction.drop()
        return result

    def _text(self, document):
        return self._within(document, lambda transaction: document.get_or_insert_text(transaction, "t"))

    def edit(self, document, txns, text=None):
        text, begin = text or self._text(document), document.create_transaction
        insert, delete = text.insert, text.remove_range
        for patches in txns:
            transaction = begin()
            for at, deleted, inserted in patches:
                if deleted:
                    delete(transaction, at, deleted)
                if inserted:
                    insert(transaction, at, inserted)
            transaction.commit()
            transaction.drop()

    def idle(self, document, txns):
        text, transaction = self._text(document), document.create_transaction()
        insert, delete = text.insert, text.remove_range
        for patches in txns:
            for _, deleted, inserted in patches:
                if deleted:
                    delete(transaction, 0, 0)
                if inserted:
                    insert(transaction, 0, "")
        transaction.commit()
        transaction.drop()

    def edit_and_send(self, document, txns):
        sent = []
        subscription = document.observe(lambda event: sent.append(event.update))
        self.edit(document, txns)
        subscription.drop()
        return sent

    def member(self, number):
        document, sent, makes = self.new(number), [], []
        # An update is encoded only when asked for: what came from others must not be.
        subscription = document.observe(lambda event: makes and sent.append(event.update))
        text = self._text(document)

        def make(patches, _keep=subscription):
            makes.append(True)
            self.edit(document, (patches,), text)
            makes.clear()
            return sent.pop()

        return document, lambda update: self.receive(document, (update,)), make

    def receive(self, document, updates):
        begin, take = document.create_transaction, document.apply_update
        for update in updates:
            transaction = begin()
            take(transaction, update)
            transaction.commit()
            transaction.drop()

    def receive_at_once(self, document, updates):
        def body(transaction):
            for update in updates:
                document.apply_update(transaction, update)

        self._within(document, body)

    def complete(self, document, replay):
        """The same document with the content of deleted text. By default Yrs drops it, which leaves less than the
        full history that the others encode."""
        keeping = self.new(1, keeps_deleted=True)
        replay(keeping)
        return keeping

    def full(self, document):
        return self._within(document, lambda transaction: document.get_update(transaction, b"\0"))

    history = full

    def state(self, document):
        raise Lacks

    def open(self, data):
        document = self.new(99, keeps_deleted=True)
        self.receive(document, (data,))
        return document

    def text(self, document):
        text = self._text(document)
        return self._within(document, text.get_string)

    def act(self, document, kind, work):
        transaction = document.create_transaction()
        if kind == "map":
            insert = document.get_or_insert_map(transaction, "m").insert
            for key, value in work:
                insert(transaction, key, value)
        elif kind == "list":
            document.get_or_insert_array(transaction, "l").insert(transaction, 0, work)
        elif kind == "text":
            document.get_or_insert_text(transaction, "t").insert(transaction, 0, work)
        else:
            raise Lacks
        transaction.commit()
        transaction.drop()

    def act_idle(self, document, kind, work):
        if kind != "map":
            return
        transaction = document.create_transaction()
        entries = document.get_or_insert_map(transaction, "m")
        if entries.len(transaction) == 0:
            entries.insert(transaction, "k", 0)
        for _ in work:
            entries.get(transaction, "k")
        transaction.commit()
        transaction.drop()

    def value(self, document, kind):
        if kind == "text":
            return self.text(document)
        get = document.get_or_insert_map if kind == "map" else document.get_or_insert_array
        return json.loads(self._within(document, lambda transaction: get(transaction, kind[0]).to_json(transaction)))
