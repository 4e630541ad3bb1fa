"""ed25519 by the chain's rule (ZIP-215): points of any encoding, compared up to the cofactor."""

from hashlib import sha512

from encoding import blake2_256, u32, u64, unhex

P = 2**255 - 19
#: The order of the base point.
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)
RECEIPT = "application/vnd.guerdon.receipt.v1+scale"
ATTESTATION = "application/vnd.guerdon.attestation.v1+scale"
#: Extended coordinates: X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z.
NEUTRAL = (0, 1, 1, 0)


def added(one, other):
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    total = NEUTRAL
    while number:
        if number & 1:
            total = added(total, point)
        point = added(point, point)
        number >>= 1
    return total


def decoded(data):
    """The point of 32 bytes, or None. Any y is taken modulo P, and a sign where x is zero."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, (number & (1 << 255) - 1) % P
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT % P
    if x * x % P != square:
        return None
    if x & 1 != sign:
        x = -x % P
    return x, y, 1, x * y % P


BASE = decoded((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def verifies(signature, message, key):
    """Whether the chain accepts a signature."""
    nonce, scalar = signature[:32], int.from_bytes(signature[32:], "little")
    at, public = decoded(nonce), decoded(key)
    if at is None or public is None or scalar >= ORDER:
        return False
    hashed = int.from_bytes(sha512(nonce + key + message).digest(), "little") % ORDER
    right = times(8, added(at, times(hashed, public)))
    left = times(8 * scalar, BASE)
    return ((left[0] * right[2] - right[0] * left[2]) % P == 0
            and (left[1] * right[2] - right[1] * left[2]) % P == 0)


def pae(kind, body):
    """What is signed of a document (DSSE)."""
    return f"DSSEv1 {len(kind)} {kind} {len(body)} ".encode() + body


def receipt_bytes(receipt):
    """The canonical bytes of a receipt; their hash is its id."""
    return b"".join([
        bytes([receipt["version"]]), unhex(receipt["genesis"]), u64(receipt["run"]),
        u32(receipt["task"]), unhex(receipt["contributor"]), unhex(receipt["base_model"]),
        unhex(receipt["result"]), u32(receipt["steps"]), unhex(receipt["evidence"]),
        u32(receipt["metric_before"]), u32(receipt["metric_after"]), u32(receipt["valid_until"]),
    ])


def receipt_id(receipt):
    return blake2_256(receipt_bytes(receipt))


def receipt_signed(submission, key):
    """Whether the contributor signed what was handed in."""
    message = pae(RECEIPT, receipt_bytes(submission["receipt"]))
    return verifies(unhex(submission["signature"]), message, key)


def states_signed(signature, receipt, attestor, states, key):
    """Whether an attestor vouched for these states of a receipt."""
    message = pae(ATTESTATION, receipt + attestor + unhex(states))
    return verifies(unhex(signature), message, key)
