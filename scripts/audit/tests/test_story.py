"""What is changed in a chain whose runs are paid in an asset is found, whatever it is."""

import copy
import unittest
from random import Random

import story
from tampered import SEED, leaves_of, other
from allowed import CHECK as ALLOWED
from assets import CHECK as BALANCES, ISSUANCE, TAKINGS
from balances import POT
from cohorts import MEMBERS
from settlement import BOOKS, CLAIMS, EXPIRY, FREE, POOLS
from story import (
    BEN, CENT, DAN, DOLLAR, ISSUER, KEEPER, OTHER, SPONSOR, block, call, claim, event, issued,
    moved, paid)

DUE, CALLS = "transfers that are due", "calls behind events"
#: Pallets whose events are changed in every field.
PALLETS = ("Assets", "Settlement")


def told(blocks, name, which=0):
    """(block, place, event) of an event with a name."""
    return [(each, place, event) for each in blocks for place, event in enumerate(each["events"])
            if event["name"] == name][which]


class Changed(unittest.TestCase):
    def found(self, text, change=None, **more):
        report = story.audit(change, **more)
        self.assertTrue(any(text in line for line in report.differences), report.differences)

    def equal(self, change=None, **more):
        report = story.audit(change, **more)
        self.assertEqual(report.differences, [])
        return report

    def field(self, name, field, value, which=0):
        def change(blocks):
            told(blocks, name, which)[2]["fields"][field] = value
        return change

    def before(self, name, *blocks_before, which=0):
        """More blocks before an event's."""
        def change(blocks):
            place = blocks.index(told(blocks, name, which)[0])
            like = blocks[place]
            blocks[place:place] = [{**like, **each} for each in blocks_before]
            for number, each in enumerate(blocks, 1):
                each["number"] = number
        return change


class Story(Changed):
    def test_as_it_is_it_has_no_difference(self):
        report = self.equal()
        for check in (BALANCES, ISSUANCE, ALLOWED, MEMBERS, POOLS, CLAIMS, EXPIRY, FREE, BOOKS):
            self.assertGreater(report.compared[check], 3, check)
        self.assertEqual(report.told, [f"block 13, extrinsic 0: {TAKINGS}: 50000 of asset {DOLLAR}"
                                       " out of the pot"])

    def test_any_field_of_any_event(self):
        random, tried = Random(SEED), 0
        for number, each in enumerate(story.story()):
            for place, event in enumerate(each["events"]):
                if event["pallet"] not in PALLETS:
                    continue
                for path in leaves_of(event["fields"]):
                    changed = copy.deepcopy(event)
                    inside = changed["fields"]
                    for key in path[:-1]:
                        inside = inside[key]
                    inside[path[-1]] = other(random, inside[path[-1]])
                    with self.subTest(block=number + 1, changed=changed):
                        self.differs(number, place, [changed])
                    tried += 1
        self.assertGreater(tried, 150)

    def test_any_asset_that_is_another_or_none(self):
        for number, each in enumerate(story.story()):
            for place, event in enumerate(each["events"]):
                if event["pallet"] == "Settlement" and "asset" in event["fields"]:
                    for asset in {None, DOLLAR, OTHER} - {event["fields"]["asset"]}:
                        changed = copy.deepcopy(event)
                        changed["fields"]["asset"] = asset
                        with self.subTest(block=number + 1, changed=changed):
                            self.differs(number, place, [changed])

    def test_any_event_that_is_missing_or_repeated(self):
        for number, each in enumerate(story.story()):
            for place, event in enumerate(each["events"]):
                if event["pallet"] in PALLETS:
                    for times in (0, 2):
                        with self.subTest(block=number + 1, event=event, times=times):
                            self.differs(number, place, [copy.deepcopy(event)] * times)

    def differs(self, number, place, events):
        def change(blocks):
            blocks[number]["events"][place:place + 1] = events
        self.assertTrue(story.audit(change).differences, "nothing was found")

    def test_anything_that_is_stored_of_it(self):
        random = Random(SEED)
        # Nobody's books are like none; who owns an asset, and how an account is, is not compared.
        for name, which, path in self.paths(
                "Settlement.AllowedAssets", "Settlement.RunAssets", "Settlement.Books",
                "Settlement.Total", "Settlement.Shares", "Settlement.SharePools",
                "Settlement.Drawn", "Settlement.Pools", "Assets.Asset", "Assets.Account"):
            if path[-1] in ("owner", "issuer", "freezer", "status", "reason"):
                continue

            def change(state):
                inside = state[name][which]
                for key in path[:-1]:
                    inside = inside[key]
                inside[path[-1]] = other(random, inside[path[-1]])
            with self.subTest(name=name, which=which, path=path):
                self.assertTrue(story.audit(change_state=change).differences, "nothing was found")

    def paths(self, *names):
        return [(name, which, path) for name in names
                for which, each in enumerate(story.stored()[name]) for path in leaves_of(each)
                if each[0] != [2, None]]

    def test_anything_that_is_not_stored_of_it(self):
        for name in ("AllowedAssets", "RunAssets", "Shares", "SharePools", "Drawn"):
            def change(state):
                del state[f"Settlement.{name}"][-1]
            with self.subTest(name=name):
                self.found("state: ", change_state=change)
        self.found(f"state: {BALANCES}", change_state=lambda state: state["Assets.Asset"].pop())
        self.found(f"state: {BALANCES}", change_state=lambda state: state["Assets.Account"].pop())

    def test_an_event_of_assets_that_is_not_known(self):
        def change(blocks):
            told(blocks, "Issued")[2]["name"] = "Withdrawn"
        self.found("does not know Assets.Withdrawn", change)


class Pot(Changed):
    """What the pot pays while it has all that it owes, and what stops it."""

    TAKEN = 12

    def instead(self, taken, back):
        """Something else than the issuer that burns and mints."""
        def change(blocks):
            for place, each in ((self.TAKEN, taken), (self.TAKEN + 2, back)):
                blocks[place] = {**blocks[place], **each}
        return change

    def test_nothing_is_paid_of_what_it_lacks(self):
        """The issuer takes something before a claim."""
        def change(blocks):
            taken, paid = blocks[self.TAKEN], blocks[self.TAKEN - 1]
            taken["number"], paid["number"] = paid["number"], taken["number"]
            blocks[self.TAKEN - 1:self.TAKEN + 1] = [taken, paid]
        self.found("the pot pays of asset 1, of which it has 710000 and needs 760000", change)

    def test_what_is_owed_could_be_received(self):
        def change(blocks):
            for place in (self.TAKEN, self.TAKEN + 2):
                blocks[place]["events"] = blocks[place]["events"][1:]
        self.found("which it could receive", change)

    def test_what_else_can_stop_it(self):
        for name, thawed, fields in (
            ("AssetFrozen", "AssetThawed", {}), ("Frozen", "Thawed", {"who": POT}),
            ("Blocked", "Thawed", {"who": SPONSOR}),
        ):
            taken, back = (block(call(ISSUER, "Assets", "any"),
                                 event("Assets", each, asset_id=DOLLAR, **fields))
                           for each in (name, thawed))
            with self.subTest(name=name):
                self.assertEqual(self.equal(self.instead(taken, back)).told, [])

    def test_what_stops_others_only(self):
        taken, back = (block(call(ISSUER, "Assets", "any"),
                             event("Assets", each, asset_id=DOLLAR, who=who))
                       for each, who in (("Frozen", SPONSOR), ("Thawed", SPONSOR)))
        self.found("which it could receive", self.instead(taken, back))

    def taking(self, by=ISSUER, amount=50_000):
        return self.instead(
            block(call(by, "Assets", "force_transfer", id=DOLLAR, source=POT, dest=ISSUER,
                       amount=amount), moved(POT, ISSUER, 50_000)),
            block(call(ISSUER, "Assets", "transfer"), moved(ISSUER, POT, 50_000)))

    def test_an_issuer_that_moves_it_is_told_of(self):
        self.assertIn("50000 of asset 1 out of the pot", self.equal(self.taking()).told[0])

    def test_whoever_takes_has_to_administer_the_asset(self):
        self.found("paid by the pot to", self.taking(by=KEEPER))
        self.found("paid by the pot to", self.taking(amount=49_999))

        def change(blocks):
            blocks[self.TAKEN]["extrinsics"][0]["signer"] = KEEPER
        self.found(CALLS, change)

    def test_a_new_administrator(self):
        changed = block(call(ISSUER, "Assets", "set_team"), event(
            "Assets", "TeamChanged", asset_id=DOLLAR, issuer=ISSUER, admin=KEEPER,
            freezer=ISSUER))
        self.found(f"no call Assets.burn of {KEEPER}", self.before("Burned", changed))

    def test_what_it_lacks_in_the_end(self):
        replay = story.played(story.story()[:self.TAKEN + 2])
        self.assertEqual(replay.report.differences, [])
        replay.assets.finish(story.State(story.stored()))
        self.assertIn("the pot lacks 50000 of asset 1", replay.report.told[-1])

    def test_what_it_is_given_is_nobodys(self):
        for gift in (issued(POT, 7), block(call(ISSUER, "Assets", "transfer"), event(
                "Assets", "Issued", asset_id=DOLLAR, owner=ISSUER, amount=CENT),
                moved(ISSUER, POT, CENT))):
            amount = gift["events"][0]["fields"]["amount"]
            with self.subTest(amount=amount):
                self.equal(self.before("PoolExpired", gift), change_state=self.more(POT, amount))

    @staticmethod
    def more(who, amount):
        def change(state):
            for (number, account), it in state["Assets.Account"]:
                if (number, account) == (DOLLAR, who):
                    it["balance"] += amount
            state["Assets.Asset"][0][1]["supply"] += amount
        return change


class Nobody(Changed):
    """Who is paid in an asset without a fee."""

    def least(self, amount):
        def change(state):
            state["Settlement.AllowedAssets"][0][1]["min_free_claim"] = amount
        return {"change_first": change, "change_state": change}

    def test_as_much_as_the_asset_asks_for(self):
        self.equal(**self.least(200_000))
        self.found(f"{FREE}: 200000 for {BEN} is too little", **self.least(200_001))

    def test_whoever_had_grd(self):
        given = moved(KEEPER, BEN, 10**12, None)
        held = [given, event("Balances", "Held", who=BEN, amount=10**12,
                             reason={"Preimage": "Preimage"})]
        for told_before in ([given], held):
            with self.subTest(events=len(told_before)):
                self.found(f"GRD of {BEN}, which had none: expected 0, found 1000000000000",
                           self.before("MemberPaid", block(
                               call(KEEPER, "Balances", "transfer"), *told_before), which=2))

    def test_whoever_lives_on_an_asset_alone(self):
        def change(blocks):
            told(blocks, "MemberPaid")[0]["events"].insert(
                0, event("Assets", "Issued", asset_id=DOLLAR, owner=BEN, amount=CENT))
        self.equal(change, change_state=Pot.more(BEN, CENT))


class Lists(Changed):
    """Assets that runs can be paid in."""

    def allowed(self, **fields):
        return block(None, event("Settlement", "AssetAllowed", **{
            "asset": DOLLAR, "endowment": CENT, "min_free_claim": CENT, **fields}))

    def test_allowing_has_to_change_something(self):
        self.found("nothing changed", self.before("Issued", self.allowed()))

        def state(stored):
            stored["Settlement.AllowedAssets"][0][1]["min_free_claim"] = 7
        allowed = self.before("PoolExpired", self.allowed(min_free_claim=7))
        self.equal(allowed, change_state=state)

    def test_what_the_pot_keeps_stays(self):
        self.found("what the pot keeps of asset 1: expected 10000, found 9999", self.before(
            "Issued", self.allowed(endowment=CENT - 1, min_free_claim=7)))

    def test_what_the_pot_keeps_is_the_minimum(self):
        def state(stored):
            stored["Settlement.AllowedAssets"][1][1]["endowment"] = 6
        self.found("what the pot keeps of asset 2: expected 5, found 6", self.field(
            "AssetAllowed", "endowment", 6), change_state=state)

    def test_what_the_pot_keeps_is_the_minimum_which_it_has(self):
        def change(blocks):
            blocks[0]["assets"][0][1]["min_balance"] = 31
            told(blocks, "AssetAllowed")[2]["fields"]["endowment"] = 31
        self.found("the pot does not have the minimum of asset 2", change)

    def test_an_asset_that_keeps_no_account(self):
        def change(blocks):
            blocks[0]["assets"][0][1]["is_sufficient"] = False
        self.found("asset 2 keeps no account on the chain", change)

    def test_more_assets_than_there_can_be(self):
        def many(first):
            first["Settlement.AllowedAssets"] += [
                [[number], {"endowment": 0, "min_free_claim": 1, "open": True}]
                for number in range(10, 25)]
        self.found("16 assets were allowed before 2", change_first=many)

    def test_an_asset_that_is_closed_twice_or_was_not_allowed(self):
        def closed(asset):
            return block(None, event("Settlement", "AssetClosed", asset=asset))
        self.found("is closed, and was not allowed", self.before("PoolExpired", closed(OTHER)))
        self.found("is closed, and was not allowed", self.before("PoolExpired", closed(9)))

    def test_what_a_run_can_be_paid_in(self):
        replay = story.played(story.story()[:8])
        settlement, differences = replay.settlement, replay.report.differences
        settlement.proposed(1, DOLLAR)
        settlement.proposed(3, None)
        self.assertEqual(differences, [])
        settlement.proposed(4, OTHER)
        self.assertIn("run 4 is paid in asset 2, which is not allowed", differences[0])
        settlement.proposed(1, None)
        self.assertIn("what the purses of run 1 are in: expected None, found 1", differences[-1])

    def test_the_pot_without_the_minimum_at_genesis(self):
        def change(first):
            first["Settlement.AllowedAssets"][0][1]["endowment"] = CENT + 1
        self.found("the pot does not have the minimum of asset 1", change_first=change)


class Paid(Changed):
    """What is paid in assets, and out of what."""

    #: The block in which a leaf is booked to members.
    BOOKED = 9

    def test_a_leaf_that_expired(self):
        late = block(call(KEEPER, "Settlement", "claim", **claim(3, 1, {"Account": DAN}, 2)),
                     *paid("Claimed", DAN, 200_000, run=1, role="Trainer", pool=3, index=1))
        self.found("which expired", lambda blocks: blocks.append(
            {**blocks[-1], **late, "number": 19}))

    def test_a_payment_in_another_asset(self):
        def change(blocks):
            block, place, _ = told(blocks, "MemberPaid", 2)
            block["events"][place - 1] = moved(POT, BEN, 200_000, None)
        self.found(DUE, change)

    def test_a_share_that_nothing_was_paid_into(self):
        opened = block(call(KEEPER, "Settlement", "claim"), event(
            "Settlement", "ShareOpened", dataset=7, list=1, pool=6, asset=OTHER))
        self.found("pool 6 was opened for nothing", self.before("PoolExpired", opened))

    def test_a_share_of_a_list_that_is_not_sealed_and_a_second_one(self):
        def opened(number, pool):
            return block(call(KEEPER, "Settlement", "claim"), event(
                "Settlement", "ShareOpened", dataset=7, list=number, pool=pool, asset=DOLLAR))
        self.found("list 9 gets an asset and is not sealed",
                   self.before("PoolExpired", opened(9, 6)))
        self.found("has a pool of asset 1 already", self.before("PoolExpired", opened(1, 6)))

    def test_a_share_whose_number_is_not_new(self):
        opened = block(call(KEEPER, "Settlement", "claim"), event(
            "Settlement", "ShareOpened", dataset=7, list=1, pool=1, asset=OTHER))
        self.found("pool 1 does not come after all that were before", self.before(
            "PoolExpired", opened))

    def test_a_pool_with_the_number_of_a_share(self):
        def change(blocks):
            moved = blocks[self.BOOKED]["events"][0]
            moved["fields"]["pool"] = 3
            blocks[self.BOOKED - 1]["events"].insert(0, moved)
        self.found("pool 3 is funded again", change)

    def test_a_purse_that_is_never_in_an_asset(self):
        def change(blocks):
            each, place, told_of = [found for found in (
                told(blocks, "Deposited", which) for which in range(6))
                if found[2]["fields"]["purse"] == "Tip"][0]
            each["events"][place - 1] = moved(SPONSOR, POT, 50)
            told_of["fields"]["asset"] = DOLLAR
        self.found("what Tip of run 1 is in: expected None, found 1", change)

    def test_what_a_cohort_got_is_in_the_pot(self):
        self.found("free balance of the pot in asset 1", self.field("CohortFunded", "amount", 9))

    def test_a_due_of_another_asset(self):
        self.found("out of run 2: expected None, found 50000", self.field(
            "DueClaimed", "asset", OTHER))

    def test_what_is_owed_in_the_end(self):
        def state(stored):
            stored["Settlement.Dues"] = [[[DAN, [2, DOLLAR]], 1]]
        self.found("what is owed", change_state=state)

    def test_what_returns_of_each_kind(self):
        """All of budget and bond, and all of the others."""
        def change(blocks):
            each, place, event = told(blocks, "Returned")
            event["fields"]["amount"] += 450
            del each["events"][place + 1:place + 3]
            each["events"][place - 1]["fields"]["amount"] += 450
        self.found("what returns of run 1", change)


if __name__ == "__main__":
    unittest.main()
