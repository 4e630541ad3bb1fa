"""What each event of Assets does to balances and supply, and what the pot can pay."""

import unittest
from types import SimpleNamespace

import recorded  # finds the modules beside the tests
from assets import Assets
from balances import POT
from calls import Calls
from report import Report
from story import details, held


class Lost(Exception):
    pass


class Events(unittest.TestCase):
    """Asset 1 has a minimum of 10. The pot owes 20, besides what it keeps."""

    def setUp(self):
        self.report = Report(say=lambda line: None)
        self.world = SimpleNamespace(
            report=self.report, Lost=Lost, calls=Calls(), details={}, called=lambda *_: None,
            settlement=SimpleNamespace(needed=lambda _: 30))
        self.assets = Assets(self.world, [((1,), details(10, 1_090))], [
            ((1, "ann"), held(1_000)), ((1, "ben"), held(50)), ((1, POT), held(40))])

    def tell(self, name, asset=1, **fields):
        getattr(self.assets, f"on_{name}")({"asset_id": asset, **fields})

    def move(self, source, to, amount):
        self.tell("transferred", **{"from": source, "to": to, "amount": amount})

    def end(self, supply, differences=0, **free):
        self.assets.end_extrinsic()
        self.assets.end_block()
        asset = self.assets.assets[1]
        found = {("pot" if who == POT else who): amount for who, amount in asset.free.items()}
        self.assertEqual((found, asset.supply), (free, supply))
        self.assertEqual(len(self.report.differences), differences, self.report.differences)

    def test_a_supply_that_accounts_do_not_have(self):
        Assets(self.world, [((1,), details(10, 41))], [((1, "ann"), held(40))])
        self.assertIn("supply of asset 1: expected 41, found 40", self.report.differences[0])

    def test_a_transfer_moves_and_an_account_without_anything_is_gone(self):
        self.move("ben", "cyd", 50)
        self.end(1_090, ann=1_000, cyd=50, pot=40)

    def test_whoever_pays_more_than_it_has_is_told(self):
        self.move("ben", "ann", 51)
        self.end(1_090, differences=1, ann=1_051, ben=-1, pot=40)

    def test_what_stays_where_it_is(self):
        self.move("ben", "ben", 50)
        self.move(POT, POT, 5)
        self.end(1_090, ann=1_000, ben=50, pot=40)

    def test_too_little_to_begin_with(self):
        self.move("ann", "cyd", 9)
        self.end(1_090, differences=1, ann=991, cyd=9, pot=40, ben=50)

    def test_dust_that_is_left_by_a_deposit_is_lost_and_not_burnt(self):
        self.assets.of(1).expect_transfer("ben", POT, 45)
        self.move("ben", POT, 45)
        self.end(1_090, ann=1_000, pot=85)
        self.assertEqual((self.assets.of(1).lost, self.assets.of(1).surplus), (5, 0))

    def test_dust_goes_with_any_other_transfer(self):
        self.move("ben", "ann", 45)
        self.end(1_090, differences=1, ann=1_045, pot=40)

    def test_what_is_issued_and_burnt_changes_the_supply(self):
        self.tell("issued", owner="ben", amount=7)
        self.tell("burned", owner="ann", balance=1_000)
        self.end(97, ben=57, pot=40)

    def test_an_asset_that_is_made(self):
        self.world.details = {2: details(3, 9)}
        self.tell("force_created", asset=2, owner="eve")
        self.assertEqual((self.assets.of(2).minimum, self.assets.of(2).admin), (3, "eve"))
        self.tell("issued", asset=2, owner="ann", amount=9)
        self.end(1_090, ann=1_000, ben=50, pot=40)
        self.tell("created", asset=2, owner="eve", creator="eve")
        self.assertIn("asset 2 is made again", self.report.differences[0])

    def test_an_asset_that_is_not_there(self):
        for name, fields in (("issued", {"owner": "ann", "amount": 1}), ("asset_frozen", {}),
                             ("force_created", {"owner": "ann"})):
            with self.subTest(name=name), self.assertRaises(Lost):
                self.tell(name, asset=9, **fields)
        self.assertEqual(len(self.report.differences), 3)

    def test_what_is_changed_of_an_asset(self):
        self.world.details = {1: details(7, 1_090, admin="fay", status="Frozen",
                                         is_sufficient=False)}
        self.tell("asset_status_changed")
        asset = self.assets.of(1)
        self.assertEqual((asset.minimum, asset.admin, asset.status, asset.sufficient),
                         (7, "fay", "Frozen", False))
        self.tell("asset_thawed")
        self.tell("asset_min_balance_changed", new_min_balance=4)
        self.tell("team_changed", issuer="gil", admin="hal", freezer="ida")
        self.assertEqual((asset.minimum, asset.admin, asset.status), (4, "hal", "Live"))

    def test_what_the_pot_can_pay(self):
        asset = self.assets.of(1)

        def can(to="ann", amount=10, needed=30, exists=False):
            return asset.can_pay(to, amount, needed, exists)
        self.assertTrue(can() and can(amount=3) and can("cyd"))
        self.assertFalse(can("cyd", amount=9))
        self.assertFalse(can(needed=41))
        self.assertTrue(can(amount=30))
        self.assertFalse(can(amount=31), "it keeps the minimum")
        for stop, go, who in (("frozen", "thawed", POT), ("blocked", "thawed", "ann"),
                              ("blocked", "thawed", POT)):
            self.tell(stop, who=who)
            self.assertFalse(can(), (stop, who))
            self.tell(go, who=who)
            self.assertTrue(can())
        self.tell("frozen", who="ann")
        self.assertTrue(can(), "it can still receive")
        self.tell("asset_frozen")
        self.assertFalse(can())
        self.tell("asset_thawed")
        self.tell("touched", who="cyd", depositor="ann")
        self.assertIsNone(can("cyd", amount=1), "no event tells whether that came back")
        asset.sufficient = False
        self.assertFalse(can("dan"))
        self.assertTrue(can("dan", exists=True))

    def test_an_account_that_is_gone_is_not_frozen_any_more(self):
        self.tell("blocked", who="ben")
        self.tell("burned", owner="ben", balance=50)
        self.assertTrue(self.assets.of(1).can_pay("ben", 10, 30, False))

    def test_what_accounts_are_like_at_genesis(self):
        assets = Assets(self.world, [((1,), details(10, 60))], [
            ((1, "ann"), held(60, "Blocked")), ((1, "ben"), held(0, reason={"DepositHeld": 7}))])
        asset = assets.of(1)
        self.assertEqual((asset.free, asset.stopped, asset.kept),
                         ({"ann": 60}, {"ann": "Blocked"}, {"ben"}))
        self.assertEqual(self.report.differences, [])

    # Assets that are destroyed

    def destroy(self, remaining):
        self.tell("destruction_started")
        self.tell("accounts_destroyed", accounts_destroyed=3 - remaining,
                  accounts_remaining=remaining)

    def finish(self, **maps):
        self.assets.finish(SimpleNamespace(items=lambda _, name: iter(maps.get(name, []))))

    def test_nothing_is_left_of_an_asset_that_is_destroyed(self):
        self.destroy(0)
        self.end(1_090)
        self.assertIn("40 of asset 1 out of the pot", self.report.told[0])
        self.tell("destroyed")
        self.finish()
        self.assertEqual((self.assets.assets, self.report.differences), ({}, []))

    def test_an_asset_is_gone_when_all_accounts_are(self):
        self.destroy(1)
        self.tell("destroyed")
        self.assertIn("accounts of asset 1, which is gone", self.report.differences[0])

    def test_accounts_that_are_left_have_what_they_had(self):
        self.destroy(1)
        self.end(1_090, ann=1_000, ben=50, pot=40)
        going = details(10, 1_090, status="Destroying")
        going["admin"] = self.assets.of(1).admin
        self.finish(Asset=[((1,), going)], Account=[((1, "ben"), held(50))])
        self.assertEqual(self.report.differences, [])
        self.finish(Asset=[((1,), going)], Account=[((1, "ben"), held(51))])
        self.assertIn("ben of asset 1: expected 50, found 51", self.report.differences[0])

    def test_accounts_of_an_asset_that_is_not_destroyed(self):
        self.tell("accounts_destroyed", accounts_destroyed=1, accounts_remaining=2)
        self.assertIn("whether asset 1 is destroyed", self.report.differences[0])


if __name__ == "__main__":
    unittest.main()
