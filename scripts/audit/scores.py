"""What appraisers counted, as scores and weights, in exact integers.

Written from primitives/valuation/README.md."""

from encoding import blake2_256, compact, u32, u64

#: One in the fixed point of scores.
ONE = 1 << 64
USER_SCALE = 1_000_000
#: Scaled weights add up to less than two to this power.
WEIGHT_BITS = 63
APPRAISAL = b"guerdon/appraisal/v1"
COMMITMENT = b"guerdon/appraisal/commitment/v1"
TESTS = b"guerdon/tests/v1"
GOLD = b"guerdon/gold/v1"


class Refused(ValueError):
    """Counts that the rules do not allow."""


#: Sums of floor(2^128 / i), as far as they were needed.
SUMS = [0]
GUARD = 128


def exact_harmonic(count):
    """floor(2^64 (1 + 1/2 + … + 1/count)), by the fraction itself."""
    def fraction(first, last):
        if last - first == 1:
            return 1, first
        middle = (first + last) // 2
        (over, under), (more, below) = fraction(first, middle), fraction(middle, last)
        return over * below + more * under, under * below

    over, under = fraction(1, count + 1)
    return over * ONE // under


def harmonic(count):
    """floor(2^64 (1 + 1/2 + … + 1/count)). Each term of a sum is less than one too small, which
    decides the floor but for once in 2^44 numbers."""
    while len(SUMS) <= count:
        SUMS.append(SUMS[-1] + (1 << GUARD) // len(SUMS))
    low = SUMS[count] >> GUARD - 64
    return low if low == SUMS[count] + count >> GUARD - 64 else exact_harmonic(count)


def check_point(point):
    shares = point["shares"]
    ids = [share["dataset"] for share in shares]
    if ids != sorted(set(ids)):
        raise Refused("datasets are not strictly ascending")
    if any(share["with_label"] + share["without_label"] == 0 for share in shares):
        raise Refused("a dataset without a record")
    same = sum(share["with_label"] for share in shares)
    if same != point["same_label"]:
        raise Refused("records with the label do not add up")
    if same + sum(share["without_label"] for share in shares) != point["in_ball"]:
        raise Refused("records in the ball do not add up")


def point_scores(point, classes):
    """The score of each dataset in the ball of a test point, in units of 2^-64, rounded down."""
    check_point(point)
    if not 2 <= classes < 1 << 16:
        raise Refused("number of classes")
    m, a = point["in_ball"], point["same_label"]
    found = {}
    for share in point["shares"]:
        positive, negative = share["with_label"], share["without_label"]
        above = ONE * (classes * positive - positive - negative)
        if m == 1:
            found[share["dataset"]] = above // classes
            continue
        swing = (harmonic(m) - ONE) * classes * (positive * (m - a) - negative * a)
        found[share["dataset"]] = (above * (m - 1) + swing) // (classes * m * (m - 1))
    return found


def scaled(amounts):
    """Amounts as weights: all shifted right by as many bits as bring their sum below 2^63."""
    shift = max(sum(amounts).bit_length() - WEIGHT_BITS, 0)
    return [amount >> shift for amount in amounts]


def payable(scores, prices, records):
    """What data providers are paid by, and the weight of each dataset; lists of one order."""
    if any(score > 0 for score in scores):
        return "Scores", scaled([max(score, 0) for score in scores])
    if any(prices):
        return "LicencePrice", scaled(prices)
    return "RecordsUsed", scaled(records)


def user_weight(items, answered, right, classes):
    """floor(items 10^6 (right/answered - 1/classes)), nothing at or below chance."""
    if right > answered:
        raise Refused("more right answers than answers")
    above = classes * right - answered
    return items * USER_SCALE * above // (classes * answered) if above > 0 else 0


# What is hashed

def item_bytes(item):
    """An item of an appraisal in SCALE."""
    (kind, value), = item.items()
    if kind == "User":
        user = value["user"]
        user = user if isinstance(user, bytes) else bytes.fromhex(user.removeprefix("0x"))
        return b"\1" + user + u32(value["answered"]) + u32(value["right"])
    shares = b"".join(
        compact(share["dataset"]) + compact(share["with_label"]) + compact(share["without_label"])
        for share in value["shares"])
    return (b"\0" + compact(value["in_ball"]) + compact(value["same_label"])
            + compact(len(value["shares"])) + shares)


def header_digest(header):
    return blake2_256(
        APPRAISAL, u64(header["run"]),
        *(u32(header[field]) for field in ("points", "users", "tau2", "rho2")))


def next_digest(digest, item):
    return blake2_256(digest, item_bytes(item))


def commitment(run, appraiser, salt, digest):
    return blake2_256(COMMITMENT, u64(run), appraiser, salt, digest)
