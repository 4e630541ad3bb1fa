"""Claims that nobody signs and nobody pays for, in the chain of datasets with members."""

import copy
import unittest

from recorded import MEMBERS, events
from tampered import STRANGER, Changed, Tampered
from calls import Calls
from cohorts import MEMBERS as PAID
from settlement import CLAIMS, FREE

CALLS, FEES = "calls behind events", "fees"
#: A leaf that there is none of.
NONE = 1_000


class Free(Tampered):
    chain = MEMBERS

    def test_the_chain_as_it_is_has_some_of_each_kind(self):
        blocks = self.blocks()
        kinds = {self.paid(*each)["name"] for each in self.claims(blocks)}
        self.assertEqual(kinds, {"Claimed", "MemberPaid"})
        self.assertTrue(any(self.given(*each)["opening"] for each in self.claims(blocks)))
        report = self.audit()
        self.assertEqual(report.differences, [])
        self.assertGreater(report.compared[FREE], 3 * len(self.claims(blocks)))

    def test_a_payee_that_had_something(self):
        """It got that before, from somebody who had it."""
        for which in range(len(self.claims(self.blocks()))):
            def change(blocks):
                block, number = self.claims(blocks)[which]
                blocks[block["number"] - 2]["events"].append({
                    "extrinsic": None, "pallet": "Balances", "name": "Transfer", "fields": {
                        "from": STRANGER, "amount": 10**12,
                        "to": self.paid(block, number)["fields"]["payee"]}})
            with self.subTest(which=which):
                self.told(", which had none: expected", change)

    def test_less_than_is_paid_without_a_fee(self):
        least = min(self.paid(*each)["fields"]["amount"] for each in self.claims(self.blocks()))

        def limit(amount):
            def change(constants):
                constants["Settlement.MinFreeClaim"] = amount
            return change
        self.assertEqual(self.audit(change_constants=limit(least)).differences, [])
        self.told(f"{FREE}: {least} for ", change_constants=limit(least + 1))

    def test_a_fee_for_what_nobody_signed(self):
        def paid(blocks):
            block, number = self.claims(blocks)[0]
            self.insert(block, number, "TransactionPayment", "TransactionFeePaid", who=STRANGER,
                        actual_fee=1, tip=0)
        self.told("paid one for what it did not sign", paid)

        def charged(blocks):
            block, number = self.claims(blocks)[0]
            self.insert(block, number, "Balances", "Withdraw", who=STRANGER, amount=5)
            self.insert(block, number, "Balances", "Deposit", who=block["author"], amount=5)
        self.told(f"{FEES}: who was charged for what nobody signed", charged)

    def test_a_claim_of_another_leaf(self):
        for field in ("pool", "index"):
            def change(blocks):
                self.given(*self.claims(blocks)[0])[field] = NONE
            with self.subTest(field=field):
                self.found(change, CALLS)

    def test_an_opening_of_another_account_or_salt(self):
        for field, value in (("account", STRANGER), ("salt", "0x" + "11" * 32)):
            def change(blocks):
                for each in self.claims(blocks):
                    if self.given(*each)["opening"]:
                        self.given(*each)["opening"][field] = value
            with self.subTest(field=field):
                self.found(change, PAID)

    def test_a_payee_that_the_leaf_does_not_pay(self):
        for each, (block, number) in enumerate(self.claims(self.blocks())):
            check = CLAIMS if self.paid(block, number)["name"] == "Claimed" else PAID

            def change(blocks):
                self.paid(*self.claims(blocks)[each])["fields"]["payee"] = STRANGER
            with self.subTest(each=each):
                self.found(change, check)

    def test_a_claim_that_paid_nobody(self):
        def change(blocks):
            block, number = self.claims(blocks)[0]
            block["events"] = [event for event in block["events"] if event["extrinsic"] != number
                               or event["name"] == "ExtrinsicSuccess"]
        self.told("or not, was paid: expected True, found False", change)

    def test_a_claim_that_failed_and_paid_somebody(self):
        def change(blocks):
            block, number = self.claims(blocks)[-1]
            self.end(block, number)["name"] = "ExtrinsicFailed"
        self.told("or not, was paid: expected False, found True", change)

    def test_a_claim_that_failed_is_none(self):
        def change(blocks):
            block, number = self.claims(blocks)[-1]
            end = {**self.end(block, number), "extrinsic": 0, "name": "ExtrinsicFailed"}
            blocks.append({**blocks[-1], "number": blocks[-1]["number"] + 1, "tasks": [],
                           "announced": None, "extrinsics": [block["extrinsics"][number]],
                           "events": [end]})
        self.assertEqual(self.audit(change).differences, [])

    def test_one_claim_pays_one_leaf(self):
        def change(blocks):
            (block, number), (_, other) = self.claims(blocks)[0], self.claims(blocks)[1]
            second = copy.deepcopy(self.paid(*self.claims(blocks)[1]))
            second["extrinsic"] = number
            place = block["events"].index(self.paid(block, number))
            block["events"].insert(place + 1, second)
        self.found(change, CALLS)

    def test_a_free_claim_that_somebody_signed(self):
        def change(blocks):
            block, number = self.claims(blocks)[0]
            block["extrinsics"][number]["signer"] = STRANGER
        self.found(change, FEES)


    def test_more_than_fits_into_a_block(self):
        most = max(self.end(*each)["fields"]["dispatch_info"]["weight"]["ref_time"]
                   for each in self.claims(self.blocks()))
        self.assertGreater(self.together("ref_time"), most, "no block has two")

        def lane(kind, weight):
            def change(constants):
                constants["Settlement.FreeLane"][kind] = weight
            return change
        for kind in ("ref_time", "proof_size"):
            weight = self.together(kind)
            with self.subTest(kind=kind):
                self.assertEqual(self.audit(change_constants=lane(kind, weight)).differences, [])
                self.told(f"{FREE}: {kind} of them is {weight} in one block, of {weight - 1}",
                          change_constants=lane(kind, weight - 1))

    def test_the_last_block_that_is_stored(self):
        def change(state):
            state["Settlement.FreeClaims"][0] -= 1
        self.stored(change, FREE)

    # Means

    def claims(self, blocks):
        """(block, number of the extrinsic) of each."""
        return [(block, number) for block in blocks
                for number, extrinsic in enumerate(block["extrinsics"])
                if extrinsic["general"]]

    def given(self, block, number):
        return Changed(block["extrinsics"][number]["call"]["call_args"])

    def paid(self, block, number):
        """The event that tells of the leaf."""
        return next(event for event in block["events"] if event["extrinsic"] == number
                    and event["name"] in ("Claimed", "MemberPaid"))

    def end(self, block, number):
        return next(event for event in block["events"] if event["extrinsic"] == number
                    and event["name"] == "ExtrinsicSuccess")

    def insert(self, block, number, pallet, name, **fields):
        place = block["events"].index(self.paid(block, number))
        block["events"].insert(place, {"extrinsic": number, "pallet": pallet, "name": name,
                                       "fields": fields})

    def together(self, kind):
        """The most that such claims weigh in a block."""
        return max(sum(event["fields"]["dispatch_info"]["weight"][kind]
                       for event in block["events"] if event["name"] == "ExtrinsicSuccess"
                       and block["extrinsics"][event["extrinsic"]]["general"])
                   for block, _ in self.claims(self.blocks()))


class Called(unittest.TestCase):
    """Which calls of an extrinsic can be what an event tells of."""

    ARGUMENTS = [{"name": "pool", "value": 7}]

    def call(self, name="claim_free"):
        return {"call_module": "Settlement", "call_function": name, "call_args": self.ARGUMENTS}

    def calls(self, signer, general, call):
        return Calls({"signer": signer, "general": general, "call": call})

    def test_a_general_transaction_that_claims(self):
        calls = self.calls(None, True, self.call())
        self.assertTrue(calls.free)
        self.assertEqual(calls.every("Settlement", "claim_free"), [(None, {"pool": 7})])

    def test_nobody_else_can_call_it(self):
        batch = {"call_module": "Utility", "call_function": "batch",
                 "call_args": [{"name": "calls", "value": [self.call(), self.call("claim")]}]}
        for signer, general, call, others in (
            (STRANGER, False, self.call(), 0), (STRANGER, True, self.call(), 0),
            (STRANGER, False, batch, 1),
            (None, False, self.call(), 0), (None, True, batch, 0),
        ):
            with self.subTest(signer=signer, general=general):
                calls = self.calls(signer, general, call)
                self.assertFalse(calls.free)
                self.assertEqual(len(calls.left), others)
                self.assertEqual(calls.every("Settlement", "claim_free"), [])

    def test_what_needs_a_signer_is_no_call_without_one(self):
        for general in (True, False):
            self.assertEqual(self.calls(None, general, self.call("expire")).left, [])

    def test_an_older_extrinsic_and_none(self):
        for calls in (Calls(None), Calls({"signer": None, "call": None})):
            self.assertEqual((calls.left, calls.free), ([], False))


if __name__ == "__main__":
    unittest.main()
