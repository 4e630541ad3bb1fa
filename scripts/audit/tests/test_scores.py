"""Scores, weights and digests, with the golden values of primitives/valuation/tests."""

import unittest
from fractions import Fraction

import recorded  # finds the modules beside the tests
from scores import (
    ONE, Refused, commitment, exact_harmonic, harmonic, header_digest, item_bytes, next_digest,
    payable, point_scores, scaled, user_weight,
)

DIGEST = bytes([
    215, 56, 103, 216, 245, 29, 6, 78, 218, 195, 87, 10, 180, 8, 164, 10, 197, 48, 246, 6, 26, 236,
    12, 67, 173, 138, 229, 232, 71, 84, 5, 20,
])
HEADER = {"run": 9, "points": 2, "users": 2, "tau2": 640, "rho2": 10}


def point(*shares):
    fields = "dataset", "with_label", "without_label"
    return {"in_ball": sum(share[1] + share[2] for share in shares),
            "same_label": sum(share[1] for share in shares),
            "shares": [dict(zip(fields, share)) for share in shares]}


def user(first):
    return {"User": {"user": bytes([first]) * 32, "answered": 5, "right": 4}}


class Harmonic(unittest.TestCase):
    def test_golden_values(self):
        self.assertEqual(harmonic(1), 1 << 64)
        self.assertEqual(harmonic(2), 3 << 63)
        self.assertEqual(harmonic(20), 66_366_582_699_165_048_397)
        self.assertEqual(harmonic(1 << 20), 266_373_931_345_919_407_035)

    def test_sums_and_fractions_agree(self):
        for count in [*range(1, 200), 1_797, 4_096]:
            self.assertEqual(harmonic(count), exact_harmonic(count))


class Scores(unittest.TestCase):
    def test_golden_scores(self):
        self.assertEqual(point_scores(point(), 10), {})
        self.assertEqual(point_scores(point((4, 1, 0)), 10), {4: ONE * 9 // 10})
        self.assertEqual(point_scores(point((4, 0, 1)), 10), {4: -ONE // 10})
        self.assertEqual(point_scores(point((1, 1, 0), (2, 0, 1)), 2), {1: ONE // 2, 2: -ONE // 2})
        self.assertEqual(point_scores(point((1, 9, 2), (2, 4, 0), (7, 0, 5)), 10), {
            1: 11_952_342_933_172_781_785, 2: 6_851_349_410_932_861_158,
            7: -8_657_983_103_565_389_556})

    def test_scores_follow_the_formula_of_the_documents(self):
        shares, classes = [(1, 9, 2), (2, 4, 0), (7, 0, 5)], 10
        m, a = 20, 13
        total = sum(Fraction(1, number) for number in range(1, m + 1))
        found = point_scores(point(*shares), classes)
        for dataset, positive, negative in shares:
            exact = (positive - Fraction(positive + negative, classes) + (total - 1)
                     * Fraction(positive * (m - a) - negative * a, m - 1)) / m
            self.assertLess(abs(exact * ONE - found[dataset]), Fraction(3, 2))
        together = ONE * (Fraction(a, m) - Fraction(1, classes))
        self.assertLessEqual(abs(sum(found.values()) - together), len(shares))

    def test_counts_in_any_other_form_are_refused(self):
        for change in ({"in_ball": 4}, {"same_label": 1}):
            with self.assertRaises(Refused):
                point_scores({**point((1, 2, 0), (5, 0, 1)), **change}, 2)
        for shares in ([(5, 2, 0), (5, 0, 1)], [(6, 2, 0), (5, 0, 1)], [(1, 2, 0), (5, 0, 0)]):
            with self.assertRaises(Refused):
                point_scores(point(*shares), 2)
        with self.assertRaises(Refused):
            point_scores(point((1, 1, 0)), 1)

    def test_weights_keep_proportions_and_fit(self):
        self.assertEqual(scaled([]), [])
        self.assertEqual(scaled([5, 0, (1 << 63) - 6]), [5, 0, (1 << 63) - 6])
        self.assertEqual(scaled([1 << 63, 3]), [1 << 62, 1])
        self.assertEqual(scaled([2**128 - 1]), [(1 << 63) - 1])

    def test_the_first_basis_with_a_weight_wins(self):
        prices, used = [0, 30, 10], [4, 5, 6]
        self.assertEqual(payable([-5, 8, 0], prices, used), ("Scores", [0, 8, 0]))
        self.assertEqual(payable([-5, 0, 0], prices, used), ("LicencePrice", [0, 30, 10]))
        self.assertEqual(payable([], [0] * 3, used), ("RecordsUsed", [4, 5, 6]))

    def test_users_are_paid_for_accuracy_above_chance(self):
        self.assertEqual(user_weight(10, 4, 4, 2), 5_000_000)
        self.assertEqual(user_weight(10, 10, 7, 10), 6_000_000)
        self.assertEqual(user_weight(10, 3, 2, 3), 3_333_333)
        for answered, right in ((10, 1), (10, 0), (0, 0)):
            self.assertEqual(user_weight(10, answered, right, 10), 0)
        with self.assertRaises(Refused):
            user_weight(10, 3, 4, 10)


class Digests(unittest.TestCase):
    def test_a_digest_is_what_it_always_was(self):
        digest = header_digest(HEADER)
        for item in ({"Point": point((1, 2, 1))}, {"Point": point((2, 2, 1))}, user(1), user(2)):
            digest = next_digest(digest, item)
        self.assertEqual(digest, DIGEST)

    def test_items_encode_as_they_always_did(self):
        self.assertEqual(item_bytes({"Point": point((1, 2, 1))}), bytes([0, 12, 8, 4, 4, 8, 4]))
        self.assertEqual(item_bytes({"Point": point((3, 2, 1), (300, 0, 70))})[1:], bytes([
            0x25, 0x01, 0x08, 0x08, 0x0c, 0x08, 0x04, 0xb1, 0x04, 0x00, 0x19, 0x01]))
        self.assertEqual(item_bytes(user(3)), b"\1" + b"\3" * 32 + bytes([5, 0, 0, 0, 4, 0, 0, 0]))

    def test_a_commitment_binds_run_appraiser_salt_and_digest(self):
        parts = [7, b"\1" * 32, b"\2" * 32, b"\3" * 32]
        seen = {commitment(*parts)}
        for place, other in enumerate((8, b"\4" * 32, b"\4" * 32, b"\4" * 32)):
            seen.add(commitment(*parts[:place], other, *parts[place + 1:]))
        self.assertEqual(len(seen), 5)


if __name__ == "__main__":
    unittest.main()
