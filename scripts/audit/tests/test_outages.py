"""Epochs in which there was no block have no seed, and nothing is drawn with one."""

import unittest
from types import SimpleNamespace

import recorded  # finds the modules beside the tests
from appraisals import SEEDS_KEPT, Appraisals


def epochs(noted, now, with_blocks):
    """The epochs that a draw which was noted for one of them may have been made with."""
    world = SimpleNamespace(epoch=now, seeds={epoch: b"" for epoch in with_blocks})
    found = Appraisals.epochs(SimpleNamespace(world=world), SimpleNamespace(epoch=noted))
    return [*found]


class Outages(unittest.TestCase):
    def test_a_draw_is_made_with_the_epoch_that_was_noted(self):
        self.assertEqual(epochs(10, 12, range(8, 13)), [10])

    def test_after_an_outage_it_is_made_with_a_later_one(self):
        self.assertEqual(epochs(10, 14, [8, 9, 13, 14]), [13, 14])

    def test_a_seed_that_is_gone_is_not_asked_for(self):
        now = 10 + SEEDS_KEPT
        self.assertEqual(epochs(10, now, [now - 1, now]), [now - 1, now])

    def test_in_the_midst_of_nothing_there_is_none(self):
        self.assertEqual(epochs(10, 14, [8, 9]), [])


if __name__ == "__main__":
    unittest.main()
