"""What each event of Balances does to free and held balances and to the issuance."""

import unittest
from types import SimpleNamespace

import recorded  # finds the modules beside the tests
from balances import POT, TREASURY, Balances
from report import Report

HOLD = {"Preimage": "Preimage"}


def account(free):
    return {"data": {"free": free, "reserved": 0}}


class Events(unittest.TestCase):
    def setUp(self):
        world = SimpleNamespace(report=Report(say=lambda line: None),
                                constants={"Balances.ExistentialDeposit": 10})
        accounts = [(("ann",), account(1_000)), (("ben",), account(500))]
        self.balances, self.report = Balances(world, accounts, 1_500), world.report

    def tell(self, name, **fields):
        getattr(self.balances, f"on_{name}")(fields)

    def end(self, free, issuance, held=(), differences=0):
        self.balances.end_extrinsic()
        self.balances.end_block()
        self.assertEqual(self.balances.free, free)
        self.assertEqual(self.balances.issuance, issuance)
        self.assertEqual(dict(self.balances.held), dict(held))
        self.assertEqual(len(self.report.differences), differences, self.report.differences)

    def test_a_transfer_moves_and_an_account_without_anything_is_gone(self):
        self.tell("endowed", account="cyd", free_balance=500)
        self.tell("transfer", **{"from": "ben", "to": "cyd", "amount": 500})
        self.end({"ann": 1_000, "cyd": 500}, 1_500)

    def test_whoever_pays_more_than_it_has_is_told(self):
        self.tell("transfer", **{"from": "ben", "to": "ann", "amount": 501})
        self.end({"ann": 1_501, "ben": -1}, 1_500, differences=1)

    def test_an_endowment_is_what_arrives(self):
        self.tell("endowed", account="cyd", free_balance=499)
        self.tell("transfer", **{"from": "ben", "to": "cyd", "amount": 500})
        self.end({"ann": 1_000, "cyd": 500}, 1_500, differences=1)

    def test_dust_is_burnt(self):
        self.tell("transfer", **{"from": "ben", "to": "ann", "amount": 495})
        self.tell("dust_lost", account="ben", amount=5)
        self.tell("burned_debt", amount=5)
        self.end({"ann": 1_495}, 1_495)

    def test_what_is_withdrawn_has_to_arrive(self):
        self.tell("withdraw", who="ann", amount=7)
        self.tell("deposit", who="ben", amount=6)
        self.end({"ann": 993, "ben": 506}, 1_500, differences=2)

    def test_what_is_minted_and_burnt_changes_the_issuance(self):
        self.tell("minted", who="ann", amount=3)
        self.tell("burned", who="ben", amount=5)
        self.tell("suspended", who="ben", amount=1)
        self.tell("restored", who="ben", amount=1)
        self.tell("issued", amount=2)
        self.tell("deposit", who="ann", amount=2)
        self.end({"ann": 1_005, "ben": 495}, 1_500)

    def test_a_balance_that_is_set(self):
        self.tell("issued", amount=100)
        self.tell("balance_set", who="ben", free=600)
        self.end({"ann": 1_000, "ben": 600}, 1_600)

    def test_an_issuance_that_is_forced_is_not_in_the_accounts(self):
        self.tell("total_issuance_forced", old=1_500, new=1_600)
        self.end({"ann": 1_000, "ben": 500}, 1_600)

    def test_holds_and_reserves(self):
        self.tell("held", reason=HOLD, who="ann", amount=100)
        self.tell("released", reason=HOLD, who="ann", amount=40)
        self.tell("transfer_and_hold", reason=HOLD, source="ben", dest="ann", transferred=5)
        self.tell("reserved", who="ann", amount=50)
        self.tell("unreserved", who="ann", amount=10)
        self.tell("reserve_repatriated", **{
            "from": "ann", "to": "ben", "amount": 15, "destination_status": "Free"})
        self.end({"ann": 900, "ben": 510}, 1_500, {("ann", "Preimage.Preimage"): 65})
        self.assertEqual(dict(self.balances.reserved), {"ann": 25})

    def test_what_pot_and_treasury_pay_is_explained(self):
        for payer in (POT, TREASURY):
            self.balances.free[payer] = 100
            self.balances.total += 100
            self.balances.issuance += 100
            self.tell("transfer", **{"from": payer, "to": "ann", "amount": 7})
            self.balances.expect_transfer(payer, "ann", 7)
            self.tell("transfer", **{"from": payer, "to": "ben", "amount": 1})
        self.end({"ann": 1_014, "ben": 502, POT: 92, TREASURY: 92}, 1_700, differences=2)

    def test_what_the_pot_gets_beyond_what_is_due_is_a_gift(self):
        self.tell("transfer", **{"from": "ann", "to": POT, "amount": 50})
        self.tell("transfer", **{"from": "ann", "to": POT, "amount": 8})
        self.balances.expect_transfer("ann", POT, 50)
        self.end({"ann": 942, "ben": 500, POT: 58}, 1_500)
        self.assertEqual(self.balances.surplus, 8)

    def test_penalties_are_taken_as_they_should(self):
        parts = {"burn_ppm": 500_000, "treasury_ppm": 400_000, "reporter_ppm": 100_000}
        reason, who = "Attestors.Attestor", "ann"
        self.tell("held", reason={"Attestors": "Attestor"}, who=who, amount=200)
        shares = self.balances.expect_taking(reason, who, 200, parts, "ben")
        self.assertEqual(shares, (100, 80, 20))
        # A reporter who is nobody, and gets less than makes an account, gets nothing.
        self.assertEqual(self.balances.expect_taking(reason, who, 20, parts, "cyd"), (10, 10, 0))
        self.balances.expected_takings.clear()
        self.balances.expect_taking(reason, who, 200, parts, "ben")
        self.tell("burned_held", reason={"Attestors": "Attestor"}, who=who, amount=100)
        for dest, amount in ((TREASURY, 81), ("ben", 19)):
            self.tell("transfer_on_hold", reason={"Attestors": "Attestor"}, source=who, dest=dest,
                      amount=amount)
        self.end({"ann": 800, "ben": 519, TREASURY: 81}, 1_400, differences=2)


if __name__ == "__main__":
    unittest.main()
