"""Opens a parcel as Protocol/sharing.md section 5 says, with no library: X25519 (RFC 7748), HKDF (RFC 5869),
ChaCha20-Poly1305 (RFC 8439), put together as HPKE (RFC 9180). Slow, and for test vectors only: nothing here is
safe against who measures time."""
import hashlib
import hmac
import struct

PRIME = 2 ** 255 - 19


def x25519(scalar, point):
    scalar = bytearray(scalar)
    scalar[0] &= 248
    scalar[31] = scalar[31] & 127 | 64
    scalar = int.from_bytes(scalar, "little")
    x1 = int.from_bytes(point, "little") % 2 ** 255
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for bit in reversed(range(255)):
        now = scalar >> bit & 1
        if swap != now:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = now
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % PRIME, b * b % PRIME, d * a % PRIME, c * b % PRIME
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % PRIME, x1 * (da - cb) ** 2 % PRIME
        x2, z2 = aa * bb % PRIME, e * (aa + 121665 * e) % PRIME
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, PRIME - 2, PRIME) % PRIME).to_bytes(32, "little")


BASE = (9).to_bytes(32, "little")


def chacha_block(key, counter, nonce):
    state = list(struct.unpack("<16I", b"expand 32-byte k" + key + struct.pack("<I", counter) + nonce))
    mixed = state[:]

    def quarter(a, b, c, d):
        for one, other, into, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            mixed[one] = mixed[one] + mixed[other] & 0xFFFFFFFF
            turned = mixed[into] ^ mixed[one]
            mixed[into] = (turned << by | turned >> 32 - by) & 0xFFFFFFFF
    for _ in range(10):
        for places in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                       (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            quarter(*places)
    return struct.pack("<16I", *(one + other & 0xFFFFFFFF for one, other in zip(state, mixed)))


def open_box(key, nonce, context, box):
    text, tag = box[:-16], box[-16:]
    once = chacha_block(key, 0, nonce)
    r = int.from_bytes(once[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF

    def padded(data):
        return data + bytes(-len(data) % 16)
    message = padded(context) + padded(text) + struct.pack("<QQ", len(context), len(text))
    total = 0
    for at in range(0, len(message), 16):
        total = (total + int.from_bytes(message[at:at + 16] + b"\1", "little")) * r % (2 ** 130 - 5)
    assert (total + int.from_bytes(once[16:32], "little")) % 2 ** 128 == int.from_bytes(tag, "little"), "another tag"
    return b"".join(bytes(a ^ b for a, b in zip(text[at:at + 64], chacha_block(key, at // 64 + 1, nonce)))
                    for at in range(0, len(text), 64))


def extract(salt, suite, label, material):
    return hmac.new(salt or bytes(32), b"HPKE-v1" + suite + label + material, hashlib.sha256).digest()


def expand(key, suite, label, info, count):
    text = count.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info + b"\1"
    return hmac.new(key, text, hashlib.sha256).digest()[:count]


def open_hybrid(secret, encapsulated, info, context, box):
    kem, suite = b"KEM\0\x20", b"HPKE\0\x20\0\1\0\3"
    shared = extract(b"", kem, b"eae_prk", x25519(secret, encapsulated))
    shared = expand(shared, kem, b"shared_secret", encapsulated + x25519(secret, BASE), 32)
    schedule = b"\0" + extract(b"", suite, b"psk_id_hash", b"") + extract(b"", suite, b"info_hash", info)
    secret = extract(shared, suite, b"secret", b"")
    return open_box(expand(secret, suite, b"key", schedule, 32), expand(secret, suite, b"base_nonce", schedule, 12), context, box)


def open_parcel(reader, seed, place):
    """What is in a parcel, for the hub whose key is made of `seed`, at that place of its receivers."""
    start = reader.at
    assert reader.byte() == 1, "another version"
    locks = [(reader.raw(16), reader.raw(32), reader.raw(48)) for _ in range(reader.varint())]
    head = reader.data[start:reader.at]
    box = reader.blob()
    hub, encapsulated, lock = locks[place]
    key = open_hybrid(hashlib.sha256(b"baton sealing" + seed).digest(), encapsulated, b"baton parcel", hub, lock)
    return open_box(key, bytes(12), head, box)
