"""The share tree, as primitives/share-tree/README.md has it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts" / "audit"))

from encoding import blake2_256, compact, u8, u64, u128


def leaf_bytes(account, weight):
    return u8(0) + account + u64(weight)


def leaf_node(pool, index, leaf):
    """Hash and sum of a leaf, whose last eight bytes are its weight."""
    hashed = blake2_256(b"\0guerdon/share/v1", u64(pool), u64(index), leaf)
    return hashed, int.from_bytes(leaf[-8:], "little")


def node_bytes(node):
    return node[0] + u128(node[1])


def join(left, right):
    hashed = blake2_256(b"\1", u128(left[1]), left[0], u128(right[1]), right[0])
    return hashed, left[1] + right[1]


class Tree:
    """All nodes, level by level from the leaves; one without a partner moves up as it is."""

    def __init__(self, leaves):
        self.levels = [leaves]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            above = [join(*below[at:at + 2]) for at in range(0, len(below) - 1, 2)]
            self.levels.append(above + below[len(above) * 2:])

    def summary(self):
        (hashed, total), = self.levels[-1]
        return hashed + u128(total) + u64(len(self.levels[0]))

    def proof(self, index, level=0):
        siblings = []
        for nodes in self.levels[level:]:
            if index ^ 1 < len(nodes):
                siblings.append(node_bytes(nodes[index ^ 1]))
            index //= 2
        return compact(len(siblings)) + b"".join(siblings)

    def entitlements(self, total):
        parts = [total]
        for level in reversed(self.levels[:-1]):
            below = []
            for part, at in zip(parts, range(0, len(level), 2)):
                pair = [node[1] for node in level[at:at + 2]]
                left = part * pair[0] // sum(pair) if len(pair) == 2 else part
                below += [left, part - left][:len(pair)]
            parts = below
        return parts
