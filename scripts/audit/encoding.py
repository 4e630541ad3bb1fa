"""Bytes: hashes, the few encodings that the chain hashes, and account addresses."""

from functools import lru_cache
from hashlib import blake2b

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
#: The network prefix of this chain's addresses.
SS58_PREFIX = 42
PRIMES = (
    0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63,
    0x27D4EB2F165667C5,
)
WORD = 2**64 - 1


def blake2_256(*parts):
    return blake2b(b"".join(parts), digest_size=32).digest()


def unhex(text):
    return bytes.fromhex(text.removeprefix("0x"))


def tohex(data):
    return "0x" + data.hex()


def little(number, size):
    return number.to_bytes(size, "little")


def u8(number):
    return little(number, 1)


def u16(number):
    return little(number, 2)


def u32(number):
    return little(number, 4)


def u64(number):
    return little(number, 8)


def u128(number):
    return little(number, 16)


def compact(number):
    """A compact integer of SCALE."""
    if number < 1 << 6:
        return u8(number << 2)
    if number < 1 << 14:
        return u16(number << 2 | 1)
    if number < 1 << 30:
        return u32(number << 2 | 2)
    size = (number.bit_length() + 7) // 8
    return u8((size - 4) << 2 | 3) + little(number, size)


def text(characters):
    """A string in SCALE."""
    data = characters.encode()
    return compact(len(data)) + data


def pallet_account(name):
    """The account that belongs to a pallet id of 8 bytes."""
    return address((b"modl" + name).ljust(32, b"\0"))


# Addresses

@lru_cache(maxsize=1 << 16)
def account_bytes(shown):
    """The 32 bytes of an account, given as address or as hexadecimal digits."""
    if shown.startswith("0x"):
        return unhex(shown)
    number = 0
    for character in shown:
        number = number * 58 + BASE58.index(character)
    return number.to_bytes(35, "big")[1:33]


@lru_cache(maxsize=1 << 16)
def address(data):
    """The address of an account's 32 bytes."""
    body = bytes([SS58_PREFIX]) + data
    body += blake2b(b"SS58PRE" + body).digest()[:2]
    number, shown = int.from_bytes(body, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        shown = BASE58[digit] + shown
    return shown


# Storage keys

def rotated(word, bits):
    return (word << bits | word >> (64 - bits)) & WORD


def twox_64(data, seed=0):
    """xxHash, 64 bits; of what is hashed here only pieces below 32 bytes."""
    if len(data) >= 32:
        raise ValueError("longer than what the chain hashes in this way")
    one, two, three, four, five = PRIMES
    word = (seed + five + len(data)) & WORD
    while len(data) >= 8:
        lane = int.from_bytes(data[:8], "little") * two & WORD
        word ^= rotated(lane, 31) * one & WORD
        word = (rotated(word, 27) * one + four) & WORD
        data = data[8:]
    if len(data) >= 4:
        word ^= int.from_bytes(data[:4], "little") * one & WORD
        word = (rotated(word, 23) * two + three) & WORD
        data = data[4:]
    for byte in data:
        word ^= byte * five & WORD
        word = rotated(word, 11) * one & WORD
    word = (word ^ word >> 33) * two & WORD
    word = (word ^ word >> 29) * three & WORD
    return word ^ word >> 32


def twox_128(name):
    data = name.encode()
    return u64(twox_64(data)) + u64(twox_64(data, 1))


HASHERS = {
    "Identity": lambda data: data,
    "Twox64Concat": lambda data: u64(twox_64(data)) + data,
    "Blake2_128Concat": lambda data: blake2b(data, digest_size=16).digest() + data,
}
#: Bytes before the key itself.
HASH_BYTES = {"Identity": 0, "Twox64Concat": 8, "Blake2_128Concat": 16}
