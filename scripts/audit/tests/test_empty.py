"""A chain in which nothing happened yet."""

import unittest

from recorded import State, recorded
from replay import Replay
from report import Report


class Empty(unittest.TestCase):
    def test_the_first_state_is_what_follows_from_itself(self):
        chain = recorded()
        first, report = State(chain["first"]), Report(say=lambda line: None)
        constants = chain["runtimes"]["1"]["constants"]
        replay = Replay(report, chain["genesis"], constants, first)
        replay.finish(first)
        self.assertEqual(report.differences, [])
        self.assertGreater(report.compared["free balances"], 10)
        self.assertEqual(replay.ledger.weight(0, "User"), 0)
        self.assertEqual(replay.ledger.tables, {}, "looking at a table makes none")


if __name__ == "__main__":
    unittest.main()
