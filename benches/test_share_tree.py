"""Whether the tree in Python is the one of the chain: `python3 -m unittest discover benches`."""

import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from share_tree import Tree, leaf_bytes, leaf_node

from encoding import u64, unhex


class TreeTest(unittest.TestCase):
    """The golden values of primitives/share-tree/src/tests/golden.rs."""

    def setUp(self):
        # GIVEN an account, a hidden payee and a list, in pool 7
        hidden = "013c55a6dc2dd191863d916b37abdd21fb3aaeace236554718b02768c1462bd5a2"
        self.leaves = [leaf_bytes(bytes(range(32)), 5),
                       unhex(hidden) + u64(0x1122334455667788),
                       unhex("020807060504030201") + u64(0)]
        self.nodes = [leaf_node(7, index, leaf) for index, leaf in enumerate(self.leaves)]
        self.left = "04be1d2e8891a8d09685f21cf4a6f8914fd7d89e27ea2ad97d2e4e60089c2a2f"
        self.sum = "8d776655443322110000000000000000"

    def test_leaves_root_and_proof_are_those_of_the_chain(self):
        # WHEN the tree is built
        tree = Tree(self.nodes)
        # THEN its bytes are those that the chain hashes and stores
        self.assertEqual([node[0].hex() for node in self.nodes], [
            "ee38a1556db81d0eeb12ef74e483a2067e2267366d5d99e9d32905873396004e",
            "bba97c9063b978921d5b963115de93c9e1c84bc59ed0189fe4959c3372668d7b",
            "7183091f96752d23198d638221c7cbf4e3cbe6f0667e68bd1f7c1798e5ca705f"])
        root = "bece9dc00b0a9eb04fee7f419b2175b001d1c069584c079098656b0ff8c18e0f"
        self.assertEqual(tree.summary().hex(), root + self.sum + "0300000000000000")
        self.assertEqual(tree.proof(2).hex(), "04" + self.left + self.sum)

    def test_entitlements_sum_to_what_is_divided(self):
        for count in (1, 2, 3, 7, 64, 257):
            # GIVEN weights that do not divide the money
            nodes = [leaf_node(7, at, leaf_bytes(bytes(32), at % 5 + 1)) for at in range(count)]
            # WHEN it is divided
            parts = Tree(nodes).entitlements(10**12 + 7)
            # THEN nothing is left over and nobody is missing
            self.assertEqual((len(parts), sum(parts)), (count, 10**12 + 7))

    def test_the_example_of_the_readme_is_divided_as_there(self):
        # GIVEN the weights of the README's three payees
        nodes = [leaf_node(7, at, leaf_bytes(bytes(32), weight))
                 for at, weight in enumerate([2, 1, 4])]
        # WHEN a hundred units are divided
        parts = Tree(nodes).entitlements(100)
        # THEN the third is due what the README says
        self.assertEqual(parts[2], 58)


if __name__ == "__main__":
    unittest.main()
