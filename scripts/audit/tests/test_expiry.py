"""Pools that expire, and what is removed then.

No chain is old enough: the recorded one goes on here with blocks in which its pools expire."""

import copy
import unittest
from collections import Counter
from types import SimpleNamespace

from recorded import MEMBERS, events, recorded
from tampered import STRANGER, Changed, Tampered
from balances import POT, TREASURY
from report import Report
from settlement import CLAIMS, EXPIRY, MAX_CLEANED, PAGE, POOLS, Pool, Settlement
from shares import payee_bytes

#: For how many blocks pools can be claimed here.
WINDOW = 20
CALLS = "calls behind events"
#: A pool that there is none of.
NONE = 1_000


def pools():
    """(pool, run, role, block, what is left of it) of the recorded chain, by roles."""
    blocks = recorded(MEMBERS)["blocks"]
    paid = Counter()
    for name in ("Claimed", "Booked"):
        for _, _, event in events(blocks, f"Settlement.{name}"):
            paid[event["fields"]["pool"]] += event["fields"]["amount"]
    return {it["role"]: SimpleNamespace(**it, number=it["pool"], block=block["number"],
                                        rest=it["amount"] - paid[it["pool"]])
            for block, it in ((block, event["fields"]) for block, _, event
                              in events(blocks, "Settlement.PoolFunded"))}


def event(pallet, name, **fields):
    return {"extrinsic": 0, "pallet": pallet, "name": name, "fields": fields}


def called(blocks, function, arguments, *told):
    """One more block, with a call that costs its signer nothing."""
    info = {"weight": {"ref_time": 0, "proof_size": 0}, "class": "Normal", "pays_fee": "No"}
    call = {"call_module": "Settlement", "call_function": function, "call_args": [
        {"name": name, "value": value} for name, value in arguments.items()]}
    blocks.append({
        **blocks[-1], "number": blocks[-1]["number"] + 1, "announced": None, "tasks": [],
        "extrinsics": [{"length": 1, "signer": POT, "tip": 0, "call": call}],
        "events": [*told,
                   event("TransactionPayment", "TransactionFeePaid", who=POT, actual_fee=0, tip=0),
                   event("System", "ExtrinsicSuccess", dispatch_info=info)]})


class Expiry(Tampered):
    """The pool of data providers pays lists; all but one leaf was claimed. The attestors' was not
    claimed at all."""
    chain = MEMBERS

    def setUp(self):
        found = pools()
        self.data, self.attestors = found["DataProvider"], found["Attestor"]
        self.others = [pool for role, pool in found.items()
                       if role not in ("DataProvider", "Attestor")]
        self.assertGreater(self.data.rest, 0)
        self.assertLess(self.data.rest, self.data.amount)
        self.assertEqual(self.attestors.rest, self.attestors.amount)
        self.assertTrue(self.others)

    def audit(self, change=None, change_state=None, change_constants=None):
        def blocks(given):
            self.go_on(given)
            if change is not None:
                change(given)

        def state(given):
            self.store(given)
            if change_state is not None:
                change_state(given)

        def constants(given):
            given["Settlement.ClaimWindow"] = WINDOW
            if change_constants is not None:
                change_constants(given)
        return super().audit(blocks, change_state=state, change_constants=constants)

    def go_on(self, blocks):
        for pool in (self.data, self.attestors):
            self.expire(blocks, pool)
        self.clean(blocks, limit=2, removed=2)
        self.clean(blocks, limit=1, removed=1)

    def expire(self, blocks, pool):
        number = pool.number
        moved = {"from": POT, "to": TREASURY, "amount": pool.rest}
        called(blocks, "expire", {"pool": number}, event("Balances", "Transfer", **moved), event(
            "Settlement", "PoolExpired", run=pool.run, role=pool.role, pool=number,
            amount=pool.rest, asset=None))

    def clean(self, blocks, limit, removed):
        called(blocks, "clean", {"pool": self.data.number, "limit": limit},
               event("Settlement", "PoolCleaned", pool=self.data.number, removed=removed))

    def store(self, state):
        """What the added blocks make of what is stored."""
        rest = self.data.rest + self.attestors.rest
        stored = {number: it for (number,), it in state["Settlement.Pools"]}
        for number in (self.data.number, self.attestors.number):
            it = stored[number]
            it["paid"], it["state"] = it["funded"], {"Closed": it["state"]["Sealed"]}
        ((_, books),) = state["Settlement.Books"]
        books["claimable"] -= rest
        books["paid"] += rest
        ((_, total),) = state["Settlement.Total"]
        total["paid"] += rest
        accounts = {who: it["data"] for (who,), it in state["System.Account"]}
        accounts[POT]["free"] -= rest
        accounts[TREASURY]["free"] += rest
        state["Settlement.Expiries"] = [[[pool.number], pool.block + WINDOW]
                                        for pool in self.others]
        self.pages(state)[:] = [each for each in self.pages(state)
                                if each[0][0] != self.data.number]
        del self.lists(state)[:2]

    @staticmethod
    def pages(state):
        return state["Settlement.ClaimedPages"]

    @staticmethod
    def lists(state):
        return state["Settlement.ListLeaves"]

    def expired(self, blocks, which=0):
        return events(blocks, "Settlement.PoolExpired")[which][2]["fields"]

    def cleaned(self, blocks, which=0):
        return events(blocks, "Settlement.PoolCleaned")[which][2]["fields"]

    # Expiry

    def test_the_chain_as_it_is_has_no_difference(self):
        report = self.audit()
        self.assertEqual(report.differences, [])
        self.assertGreater(report.compared[EXPIRY], 8)

    def test_any_field_of_these_events(self):
        for name, fields in (("PoolExpired", ("run", "pool", "amount")),
                             ("PoolCleaned", ("pool", "removed"))):
            for field in fields:
                for sign in (1, -1):
                    def change(blocks):
                        events(blocks, f"Settlement.{name}")[0][2]["fields"][field] += sign
                    with self.subTest(name=name, field=field, sign=sign):
                        self.found(change)

    def test_an_event_that_is_missing_or_repeated(self):
        for name in ("PoolExpired", "PoolCleaned"):
            for times in (0, 2):
                def change(blocks):
                    block, place, told = events(blocks, f"Settlement.{name}")[0]
                    block["events"][place:place + 1] = [copy.deepcopy(told)] * times
                with self.subTest(name=name, times=times):
                    self.found(change)

    def test_a_pool_that_nobody_asked_to_expire_or_clean(self):
        for function in ("expire", "clean"):
            def change(blocks):
                self.arguments(blocks, "Settlement", function)["pool"] = NONE
            with self.subTest(function=function):
                self.found(change, CALLS)

    def test_a_pool_that_expires_before_its_time(self):
        last = recorded(MEMBERS)["blocks"][-1]["number"]

        def window(blocks):
            def change(constants):
                constants["Settlement.ClaimWindow"] = blocks
            return change
        soon = last + 1 - self.data.block
        text = f"pool {self.data.number} can be claimed until block {last + 1}"
        self.told(text, change_constants=window(soon))
        differences = self.audit(change_constants=window(soon - 1)).differences
        self.assertFalse(any("can be claimed until block" in line for line in differences))

    def test_a_pool_that_was_sealed_when_pools_did_not_expire(self):
        def change(constants):
            del constants["Settlement.ClaimWindow"]
        self.told("can be claimed until block None", change_constants=change)

    def test_a_pool_that_there_is_none_of(self):
        def change(blocks):
            self.arguments(blocks, "Settlement", "expire")["pool"] = NONE
            self.expired(blocks)["pool"] = NONE
        self.told(f"there is no pool {NONE} that can expire", change)

    def test_a_pool_that_expires_twice(self):
        def change(blocks):
            self.expire(blocks, self.data)
            events(blocks, "Settlement.PoolExpired")[-1][2]["fields"]["amount"] = 0
            del blocks[-1]["events"][0]
        self.told(f"there is no pool {self.data.number} that can expire", change)

    def test_more_or_less_than_what_nobody_claimed(self):
        """What is moved fits the event."""
        for sign in (1, -1):
            def change(blocks):
                block, place, told = events(blocks, "Settlement.PoolExpired")[0]
                for each in (told, block["events"][place - 1]):
                    each["fields"]["amount"] += sign
            with self.subTest(sign=sign):
                self.told(f"{EXPIRY}: what is left of pool", change)

    def test_another_run_or_role(self):
        for field, value in (("run", NONE), ("role", "User")):
            def change(blocks):
                self.expired(blocks)[field] = value
            with self.subTest(field=field):
                self.found(change, EXPIRY)

    def test_what_goes_to_somebody_else_than_the_treasury(self):
        def change(blocks):
            block, place, _ = events(blocks, "Settlement.PoolExpired")[0]
            block["events"][place - 1]["fields"]["to"] = STRANGER
        self.told(f"paid by the pot to {TREASURY}: expected {self.data.rest}, found 0", change)

    def test_a_claim_of_a_pool_that_expired(self):
        """Even where that pays no more than there was."""
        claim = next(told["fields"] for _, _, told in events(self.blocks(), "Settlement.Claimed")
                     if told["fields"]["pool"] == self.data.number)

        def change(blocks):
            called(blocks, "claim", {}, event("Settlement", "Claimed", **claim))
        self.told(f"leaf {claim['index']} of pool {self.data.number} is paid, which expired",
                  change)

    # What is removed

    def test_a_pool_that_is_cleaned_before_it_expired(self):
        def change(blocks):
            place = next(place for place, block in enumerate(blocks)
                         if block is events(blocks, "Settlement.PoolExpired")[0][0])
            expire, clean = blocks[place], blocks[place + 2]
            for field in ("extrinsics", "events"):
                expire[field], clean[field] = clean[field], expire[field]
        self.told("which is cleaned, did not expire", change)

    def test_a_pool_that_is_not_there_is_cleaned(self):
        def change(blocks):
            self.arguments(blocks, "Settlement", "clean")["pool"] = NONE
            self.cleaned(blocks)["pool"] = NONE
        self.told(f"pool {NONE}, which is cleaned, did not expire", change)

    def test_more_than_a_pool_kept_and_nothing(self):
        def more(blocks):
            self.arguments(blocks, "Settlement", "clean")["limit"] = MAX_CLEANED
            self.cleaned(blocks)["removed"] = 7

        def nothing(blocks):
            self.arguments(blocks, "Settlement", "clean")["limit"] = 0
            self.cleaned(blocks)["removed"] = 0
        self.told(f"7 items of pool {self.data.number} are removed, of 6", more)
        self.told(f"0 items of pool {self.data.number} are removed, of 6", nothing)

    def test_what_a_pool_without_claims_and_lists_kept(self):
        def change(blocks):
            for changed in (self.arguments(blocks, "Settlement", "clean"), self.cleaned(blocks)):
                changed["pool"] = self.attestors.number
        self.told(f"2 items of pool {self.attestors.number} are removed, of 0", change)

    def test_more_than_one_call_removes(self):
        """A pool of which so much is kept."""
        lists = {number: [7] for number in range(MAX_CLEANED + 1)}
        leaves = [(("Dataset", number), STRANGER, 1) for number in range(MAX_CLEANED + 1)]
        for removed, found in ((MAX_CLEANED, []), (MAX_CLEANED + 1, [EXPIRY])):
            settlement = settling(called=True)
            pool = settlement.pools[5] = Pool(1, "DataProvider", leaves, 1, 5, lists)
            pool.expired = 1
            settlement.on_pool_cleaned({"pool": 5, "removed": removed})
            self.assertEqual(list(settlement.report.failed), found)

    def test_less_or_more_than_was_asked_for(self):
        """All else fits: the numbers that are stored, too."""
        for limit in (1, 3, MAX_CLEANED):
            def change(blocks):
                self.arguments(blocks, "Settlement", "clean")["limit"] = limit
            with self.subTest(limit=limit):
                self.found(change, CALLS)

    def test_all_that_is_left_is_less_than_was_asked_for(self):
        """Here the second call removes the rest of it."""
        def blocks(given):
            self.cleaned(given, 1)["removed"] = 4
            Changed(given[-1]["extrinsics"][0]["call"]["call_args"])["limit"] = MAX_CLEANED
        report = self.audit(blocks, lambda state: self.lists(state).clear())
        self.assertEqual(report.differences, [])

    # What is stored in the end

    def test_what_is_stored_of_pools(self):
        def stored(number, change):
            def found(state):
                change(next(it for (pool,), it in state["Settlement.Pools"] if pool == number))
            return found

        def paid(it):
            it["paid"] -= 1

        def sealed(it):
            it["state"] = {"Sealed": it["state"]["Closed"]}

        def closed(it):
            it["state"] = {"Closed": it["state"]["Sealed"]}

        def of(field, value):
            def change(it):
                it["state"]["Closed"][field] = value
            return change
        for number, change in (
            (self.data.number, paid), (self.data.number, sealed), (self.attestors.number, sealed),
            (self.others[0].number, closed), (self.attestors.number, of("root", "0x00")),
            (self.attestors.number, of("sum", 1)), (self.attestors.number, of("count", 9)),
        ):
            with self.subTest(number=number, change=change.__name__):
                self.stored(stored(number, change), POOLS)

    def test_until_when_pools_can_be_claimed(self):
        def later(state):
            state["Settlement.Expiries"][0][1] += 1

        def missing(state):
            del state["Settlement.Expiries"][0]

        def closed(state):
            state["Settlement.Expiries"].append([[self.data.number], self.data.block + WINDOW])
        for change in (later, missing, closed):
            with self.subTest(change=change.__name__):
                self.stored(change, EXPIRY)

    def test_how_much_is_left_of_a_pool_that_was_cleaned(self):
        def less(state):
            del self.lists(state)[0]

        def more(state):
            self.pages(state).append([[self.data.number, 0], "0x" + "1f" + "00" * (PAGE // 8 - 1)])
        for change in (less, more):
            with self.subTest(change=change.__name__):
                self.stored(change, EXPIRY)

    def test_a_page_that_is_left_of_a_pool_that_was_cleaned(self):
        """It says which leaves were claimed, as ever."""
        page = dict(map_of(recorded(MEMBERS)["state"]["Settlement.ClaimedPages"]))[
            self.data.number, 0]

        def page_of(bits):
            def change(state):
                self.pages(state).append([[self.data.number, 0], bits])
                del self.lists(state)[0]
            return change
        self.assertEqual(self.audit(change_state=page_of(page)).differences, [])
        self.stored(page_of("0x3f" + page[4:]), CLAIMS)
        self.stored(page_of("0x00" + page[4:]), CLAIMS)

    def test_a_list_that_is_left_of_a_pool_that_was_cleaned(self):
        def change(state):
            self.lists(state)[0][1] = NONE
        self.stored(change, "lists of members")

    def test_nothing_may_be_missing_of_a_pool_that_was_not_cleaned(self):
        def change(blocks):
            del blocks[-2:]
        self.found(change, CLAIMS)
        self.found(change, "lists of members")


class Kept(unittest.TestCase):
    """Leaves of which it is not known any more whether they name a list."""

    LEAVES = [(("Dataset", 3), STRANGER, 1), (("Dataset", 4), STRANGER, 1)]

    def pool(self, removed):
        pool = Pool(1, "DataProvider", self.LEAVES, 10, 5, {3: [None, 7], 4: [8]})
        pool.expired, pool.paid, pool.removed = 10, 10, removed
        return pool

    def finish(self, pool, root, lists=()):
        settlement = settling()
        settlement.pools[5] = pool
        summary = {"root": root, "sum": 2, "count": 2}
        stored = {
            "Pools": [((5,), {"run": 1, "role": "DataProvider", "asset": None, "funded": 10,
                              "paid": 10, "state": {"Closed": summary}})],
            "ListLeaves": [((5, index), number) for index, number in lists],
        }
        state = SimpleNamespace(items=lambda _, name: iter(stored.get(name, [])))
        settlement.finish_names(state)
        settlement.finish_pools(state)
        differences = settlement.report.differences
        return [line for line in differences if "numbers of pools" not in line]

    def test_fewest_and_most_items_that_a_pool_keeps(self):
        pool = self.pool(0)
        self.assertEqual(pool.kept(), (1, 2))
        pool.claimed = {0, 1}
        self.assertEqual(pool.kept(), (2, 3))
        pool.payee(0, [payee_bytes({"Pool": 7})])
        self.assertEqual(pool.kept(), (3, 3))

    def test_a_root_is_compared_if_all_its_leaves_are_known(self):
        self.assertEqual(self.finish(self.pool(2), "0x00"), [])
        known = self.pool(1)
        known.payee(0, [payee_bytes({"Pool": 7})])
        self.assertIn("root of pool 5", str(self.finish(known, "0x00", [(0, 7)])))
        root = known.summary()[0]
        self.assertEqual(self.finish(known, root, [(0, 7)]), [])
        self.assertEqual(self.finish(self.pool(1), root, [(0, 7)]), [])


class Older(unittest.TestCase):
    def test_a_pool_that_was_sealed_before_pools_expired_never_does(self):
        settlement = settling()
        for number, until in ((5, None), (6, 9)):
            settlement.pools[number] = Pool(1, "Trainer", [(("Task", 1), STRANGER, 1)], 1, number,
                                            {}, until)
        stored = {"Expiries": [((6,), 9)]}
        state = SimpleNamespace(items=lambda _, name: iter(stored.get(name, [])))
        settlement.finish_expiries(state, {})
        self.assertEqual(settlement.report.differences, [])
        stored["Expiries"].append(((5,), 9))
        settlement.finish_expiries(state, {})
        self.assertEqual(list(settlement.report.failed), [EXPIRY])


def settling(called=False):
    world = SimpleNamespace(
        report=Report(say=lambda line: None), now=1,
        constants={"Settlement.ClaimWindow": WINDOW}, ledger=SimpleNamespace(order={}),
        called=lambda *_: called)
    world.balances = SimpleNamespace(expect_transfer=lambda *_: None)
    world.assets = SimpleNamespace(assets={})
    world.calls = SimpleNamespace(free=False)
    return Settlement(world)


def map_of(entries):
    return ((tuple(key), value) for key, value in entries)


if __name__ == "__main__":
    unittest.main()
