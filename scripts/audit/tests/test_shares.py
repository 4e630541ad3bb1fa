"""Dividing money, and the tree: golden bytes of primitives/share-tree/src/tests/golden.rs."""

import unittest
from itertools import accumulate, product

import recorded  # finds the modules beside the tests
from encoding import tohex
from shares import divide, hidden, leaf, left_size, part, payee_bytes, penalty, split, tree
from shares import due as one_due

ACCOUNT, SALT = tohex(bytes(range(32))), tohex(b"\x5a" * 32)
PAYEES = [
    "00000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    "013c55a6dc2dd191863d916b37abdd21fb3aaeace236554718b02768c1462bd5a2",
    "020807060504030201",
]
LEAVES = [
    "ee38a1556db81d0eeb12ef74e483a2067e2267366d5d99e9d32905873396004e",
    "bba97c9063b978921d5b963115de93c9e1c84bc59ed0189fe4959c3372668d7b",
    "7183091f96752d23198d638221c7cbf4e3cbe6f0667e68bd1f7c1798e5ca705f",
]
WEIGHTS = [5, 0x1122334455667788, 0]
ROOT = "bece9dc00b0a9eb04fee7f419b2175b001d1c069584c079098656b0ff8c18e0f"
PARTS = {"burn_ppm": 500_000, "treasury_ppm": 400_000, "reporter_ppm": 100_000}


class Split(unittest.TestCase):
    def test_the_left_is_rounded_down_and_the_right_has_the_rest(self):
        self.assertEqual(split(10, 1, 2), (3, 7))
        self.assertEqual(split(2**128 - 1, 2**64, 2**64), (2**127 - 1, 2**127))
        self.assertEqual(split(0, 0, 0), (0, 0))
        with self.assertRaises(ZeroDivisionError):
            split(1, 0, 0)

    def test_the_example_of_the_readme(self):
        self.assertEqual(divide(100, [2, 1, 4]), [28, 14, 58])

    def test_every_small_division_is_exact_and_follows_the_definition(self):
        for weights in product(range(4), repeat=5):
            for total in (0, 1, 7, 23):
                if sum(weights) == 0 and total:
                    continue
                due = divide(total, list(weights))
                self.assertEqual(sum(due), total)
                before = [0, *accumulate(weights)]
                self.assertEqual([one_due(total, before, index) for index in range(5)], due)
                four, fifth = split(total, sum(weights[:4]), weights[4])
                left, right = split(four, sum(weights[:2]), sum(weights[2:4]))
                expected = [*split(left, *weights[:2]), *split(right, *weights[2:4]), fifth]
                self.assertEqual(due, expected)

    def test_a_path_leads_to_each_leaf_whatever_their_number_and_to_no_other(self):
        for count in (1, 2, 3, 7, 8, 9, 256, 257, 300):
            weights = [pow(7, place, 101) for place in range(count)]
            before = [0, *accumulate(weights)]
            self.assertEqual([one_due(10**20 + 7, before, index) for index in range(count)],
                             divide(10**20 + 7, weights))
            for index in (-1, count):
                with self.assertRaises(IndexError):
                    one_due(1, before, index)

    def test_parts_of_a_penalty_add_up(self):
        self.assertEqual(penalty(101, PARTS, True), (50, 41, 10))
        self.assertEqual(penalty(101, PARTS, False), (50, 51, 0))
        self.assertEqual(part(10**15 + 1, 50_000), 5 * 10**13)


class Tree(unittest.TestCase):
    def test_payees_and_leaves_hash_as_they_always_did(self):
        payees = [{"Account": ACCOUNT}, {"Hidden": tohex(hidden(ACCOUNT, SALT))},
                  {"Pool": 0x0102030405060708}]
        for index, payee in enumerate(payees):
            self.assertEqual(payee_bytes(payee).hex(), PAYEES[index])
            self.assertEqual(leaf(7, index, payee, WEIGHTS[index]),
                             (bytes.fromhex(LEAVES[index]), WEIGHTS[index]))

    def test_an_opening_of_another_account_or_salt_is_another_commitment(self):
        self.assertNotEqual(hidden(ACCOUNT, SALT), hidden(ACCOUNT, tohex(b"\x5b" * 32)))
        self.assertNotEqual(hidden(ACCOUNT, SALT), hidden(tohex(bytes(32)), SALT))

    def test_a_root_is_what_it_always_was(self):
        nodes = [(bytes.fromhex(hashed), weight) for hashed, weight in zip(LEAVES, WEIGHTS)]
        self.assertEqual(tree(nodes), (bytes.fromhex(ROOT), sum(WEIGHTS)))

    def test_the_left_has_the_largest_power_of_two_below(self):
        self.assertEqual([left_size(count) for count in (2, 3, 4, 5, 8, 9, 256, 257)],
                         [1, 2, 2, 4, 4, 8, 128, 256])

    def test_there_is_no_tree_without_leaves(self):
        for function in (lambda: tree([]), lambda: divide(0, [])):
            with self.assertRaises(ValueError):
                function()


if __name__ == "__main__":
    unittest.main()
