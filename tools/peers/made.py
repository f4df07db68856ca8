"""Decides what is typed in the cases made here: the shapes of dmonad/crdt-benchmarks B1 and B2 with N = 6000.

Promises: the same inputs every time and everywhere, from a generator that baton-bench has as well. A case is txns and
the final text, and where two users type also each txn's user and parents, as in a recorded concurrent trace. There the
final text is None: insertions at one place are ordered as each engine does it, and only agreement is checked.
"""
SIZE = 6000


class Chance:
    """Knuth's MMIX generator, as baton-bench has it: the inputs depend on no language's library."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = self.state * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
        return (self.state >> 33) % bound

    def word(self, least, most):
        length = least + self.below(most - least + 1)
        return "".join(chr(ord("a") + self.below(26)) for _ in range(length))


class Typist:
    """Somebody who types at random into a text, and the patches that are left of it."""

    def __init__(self, seed, text=""):
        self.chance, self.text, self.patches = Chance(seed), text, []

    def patch(self, at, deleted, inserted):
        self.text = self.text[:at] + inserted + self.text[at + deleted :]
        self.patches.append((at, deleted, inserted))

    def scatter(self, least, most):
        """Words at random places."""
        for _ in range(SIZE):
            at = self.chance.below(len(self.text) + 1)
            self.patch(at, 0, self.chance.word(least, most))
        return self

    def churn(self, least, most):
        """Words at random places, each followed by a second word or a deletion there."""
        for _ in range(SIZE):
            at = self.chance.below(len(self.text) + 1)
            self.patch(at, 0, self.chance.word(least, most))
            if self.chance.below(2):
                self.patch(at, 0, self.chance.word(2, 10))
            else:
                self.patch(at, 1 + self.chance.below(min(9, len(self.text) - at)), "")
        return self


def _alone(patches, end):
    return [[patch] for patch in patches], end


def _pair(first, second, start):
    """Two users with the same text type at once, one txn each."""
    return [[(0, 0, start)], first, second], None, [0, 0, 1], [[], [0], [0]]


def _typed(typist):
    return _alone(typist.patches, typist.text)


def _paired(method, *seeds_and_lengths):
    one, two, least, most = seeds_and_lengths
    start = Chance(20).word(100, 100)
    return _pair(*(getattr(Typist(seed, start), method)(least, most).patches for seed in (one, two)), start)


def _long(seed):
    return Chance(seed).word(SIZE, SIZE)


CASES = {
    "b1_1_append_chars": lambda: _alone([(at, 0, letter) for at, letter in enumerate(_long(1))], _long(1)),
    "b1_2_insert_string": lambda: _alone([(0, 0, _long(1))], _long(1)),
    "b1_3_prepend_chars": lambda: _alone([(0, 0, letter) for letter in _long(1)], _long(1)[::-1]),
    "b1_4_random_chars": lambda: _typed(Typist(4).scatter(1, 1)),
    "b1_5_random_words": lambda: _typed(Typist(5).scatter(2, 10)),
    "b1_7_random_ins_del": lambda: _typed(Typist(7).churn(2, 10)),
    "b2_1_two_strings": lambda: _pair([(0, 0, _long(21))], [(0, 0, _long(22))], Chance(20).word(100, 100)),
    "b2_2_two_random_chars": lambda: _paired("scatter", 23, 24, 1, 1),
    "b2_3_two_random_words": lambda: _paired("scatter", 25, 26, 3, 9),
    "b2_4_two_ins_del": lambda: _paired("churn", 27, 28, 3, 9),
}
