"""How money is divided by weights, and the tree that a pool's leaves are committed in.

Written from primitives/share-tree/README.md, from the root down; the chain works from the leaves
up.
"""

from encoding import account_bytes, blake2_256, u64, u128, unhex

DOMAIN, HIDDEN = b"guerdon/share/v1", b"guerdon/payee/v1"
MILLION = 1_000_000
#: Leaves that are proved, and paid, together.
PAGE_LEAVES = 256


def split(total, left, right):
    """What goes to the left and to the right of two weights."""
    if left + right == 0:
        if total:
            raise ZeroDivisionError("something over no weight")
        return 0, 0
    to_left = total * left // (left + right)
    return to_left, total - to_left


def left_size(count):
    """Leaves under the left child: the largest power of two below their number (RFC 9162)."""
    return 1 << (count - 1).bit_length() - 1


def divide(total, weights):
    """What each of the leaves with these weights is due."""
    if not weights:
        raise ValueError("nobody to divide among")
    if len(weights) == 1:
        if total and not weights[0]:
            raise ZeroDivisionError("something over no weight")
        return [total]
    middle = left_size(len(weights))
    left, right = weights[:middle], weights[middle:]
    to_left, to_right = split(total, sum(left), sum(right))
    return divide(to_left, left) + divide(to_right, right)


def due(total, before, index):
    """What one of the leaves is due: the path to it, given the sum of the weights before each leaf
    and, last, of all."""
    if not 0 <= index < len(before) - 1:
        raise IndexError(f"there is no leaf {index}")
    first, last = 0, len(before) - 1
    while last - first > 1:
        middle = first + left_size(last - first)
        to_left, to_right = split(total, before[middle] - before[first],
                                  before[last] - before[middle])
        if index < middle:
            total, last = to_left, middle
        else:
            total, first = to_right, middle
    return total


def payee_bytes(payee):
    """Who is paid, in SCALE: an account, whoever opens a commitment, or a list of members."""
    (kind, which), = payee.items()
    if kind == "Pool":
        return b"\2" + u64(which)
    return {"Account": b"\0", "Hidden": b"\1"}[kind] + account_bytes(which)


def hidden(account, salt):
    """The commitment of a hidden payee."""
    return blake2_256(HIDDEN, account_bytes(account), unhex(salt))


def leaf(pool, index, payee, weight):
    """Hash and sum of a leaf."""
    hashed = blake2_256(b"\0", DOMAIN, u64(pool), u64(index), payee_bytes(payee), u64(weight))
    return hashed, weight


def tree(nodes):
    """Hash and sum of the node above these leaves."""
    if not nodes:
        raise ValueError("a tree without leaves")
    if len(nodes) == 1:
        return nodes[0]
    middle = left_size(len(nodes))
    (left, left_sum), (right, right_sum) = tree(nodes[:middle]), tree(nodes[middle:])
    hashed = blake2_256(b"\1", u128(left_sum), left, u128(right_sum), right)
    return hashed, left_sum + right_sum


def part(amount, ppm):
    """Parts per million of an amount, rounded down."""
    return amount * ppm // MILLION


def penalty(amount, parts, reported):
    """What is burnt of a penalty, what the treasury gets of it, and what its reporter gets."""
    burned = part(amount, parts["burn_ppm"])
    reporter = part(amount, parts["reporter_ppm"]) if reported else 0
    return burned, amount - burned - reporter, reporter
