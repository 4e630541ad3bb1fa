"""Draws: pure functions of an epoch's seed (primitives/receipt, "Draws")."""

from encoding import blake2_256, u64

WORDS = 1 << 64


def words(purpose, seed, context):
    """Numbers of 64 bits, for ever."""
    counter = 0
    while True:
        block = blake2_256(purpose, seed, context, u64(counter))
        for place in range(0, 32, 8):
            yield int.from_bytes(block[place:place + 8], "little")
        counter += 1


def below(numbers, bound):
    """A number below a bound; numbers of the incomplete last stretch are thrown away."""
    while True:
        number = next(numbers)
        if number - number % bound + bound <= WORDS:
            return number % bound


def shuffle(numbers, items, count):
    """Fisher and Yates, for the first `count` places."""
    for place in range(min(count, len(items))):
        other = place + below(numbers, len(items) - place)
        items[place], items[other] = items[other], items[place]


def draw(seed, context, eligible, count):
    """`count` of the eligible, in the order drawn."""
    drawn = list(eligible)
    shuffle(words(b"guerdon/draw/v1\0", seed, context), drawn, count)
    return drawn[:count]


def deal(seed, context, tasks, contributors):
    """Who gets each task."""
    if not contributors:
        return []
    numbers = words(b"guerdon/deal/v1\0", seed, context)
    order = list(contributors)
    shuffle(numbers, order, len(order))
    dealt = [order[task % len(order)] for task in range(tasks)]
    shuffle(numbers, dealt, tasks)
    return dealt


def epoch_seed(epoch, announced):
    """The seed of an epoch, from the randomness that its first block announces."""
    return blake2_256(b"guerdon/epoch/v1", u64(epoch), announced)
