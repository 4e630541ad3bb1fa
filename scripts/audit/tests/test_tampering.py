"""What is changed in a recorded chain is found, whatever it is."""

import copy
import unittest

from recorded import events, recorded
from tampered import STRANGER, Changed, Tampered


class Tampering(Tampered):
    def test_the_chain_as_it_is_has_no_difference(self):
        report = self.audit()
        self.assertEqual(report.differences, [])
        self.assertGreater(sum(report.compared.values()), 10_000)

    def test_one_unit_more_or_less_of_any_amount(self):
        blocks = recorded()["blocks"]
        names = sorted({f"{event['pallet']}.{event['name']}" for block in blocks
                        for event in block["events"]
                        if isinstance(event["fields"], dict) and "amount" in event["fields"]})
        self.assertGreater(len(names), 20)
        for name in names:
            for sign in (1, -1):
                with self.subTest(name=name, sign=sign):
                    def change(blocks):
                        block, _, event = events(blocks, name)[-1]
                        event["fields"]["amount"] += sign
                    self.found(change)

    def test_a_claim_that_is_paid_twice(self):
        def change(blocks):
            block, place, event = events(blocks, "Settlement.Claimed")[3]
            block["events"].insert(place, copy.deepcopy(event))
        self.found(change, "claims")

    def test_a_claim_that_pays_somebody_else(self):
        def change(blocks):
            events(blocks, "Settlement.Claimed")[3][2]["fields"]["payee"] = STRANGER
        self.found(change, "claims")

    def test_a_weight_that_no_score_explains(self):
        def change(blocks):
            events(blocks, "Contributions.Reweighed")[-1][2]["fields"]["weight"] += 1
        self.found(change, "contribution tables")

    def test_an_event_that_is_missing(self):
        names = ("Balances.Transfer", "Balances.Held", "Settlement.Returned", "Training.TipPaid",
                 "Contributions.Recorded", "Attestors.Penalised", "Valuation.Scored",
                 "Training.KillFeePaid", "Settlement.Owed", "TransactionPayment.TransactionFeePaid")
        for name in names:
            with self.subTest(name=name):
                def change(blocks):
                    block, place, _ = events(blocks, name)[0]
                    del block["events"][place]
                self.found(change)

    def test_a_block_that_is_missing(self):
        self.found(lambda blocks: blocks.pop(100), "blocks")

    def test_a_fee_that_went_to_somebody_else_than_the_author(self):
        def change(blocks):
            events(blocks, "TransactionPayment.TransactionFeePaid")[5][0]["author"] = STRANGER
        self.found(change, "fees")

    def test_a_count_that_was_streamed(self):
        def change(blocks):
            links = self.arguments(blocks, "Valuation", "stream")["links"]
            next(link for link in links if "Point" in link["item"])["item"]["Point"]["in_ball"] += 1
        self.found(change, "streamed counts")

    def test_a_salt_that_was_not_committed_to(self):
        def change(blocks):
            given = self.arguments(blocks, "Valuation", "reveal")
            given["salt"] = "0x" + "00" * 32
        self.found(change, "appraisals")

    def test_a_signature_of_an_attestor(self):
        def change(blocks):
            block, _, event = events(blocks, "Training.ReceiptAccepted")[0]
            call = Changed(block["extrinsics"][event["extrinsic"]]["call"]["call_args"])
            for submission in call["items"]:
                submission["attestations"][-1]["signature"] = "0x" + "00" * 64
        self.found(change, "signatures")

    def test_a_receipt_that_was_refused_without_a_reason(self):
        for reason in ("NoSteps", "LedgerRefused"):
            def change(blocks):
                events(blocks, "Training.ReceiptRefused")[0][2]["fields"]["reason"] = reason
            with self.subTest(reason=reason):
                self.found(change, "receipts")

    def test_a_committee_that_was_not_drawn(self):
        def change(blocks):
            block = events(blocks, "Training.TaskDealt")[0][0]
            block["tasks"][0][2]["committee"].reverse()
        self.found(change, "tasks and their draws")

    def test_randomness_that_was_not_announced(self):
        def change(blocks):
            announcing = [block for block in blocks if block["announced"] is not None]
            announcing[5]["announced"] = "00" * 32
            announcing[6]["announced"] = "00" * 32
        self.found(change, "tasks and their draws")

    def test_a_payout_account_that_was_not_named(self):
        def change(blocks):
            self.arguments(blocks, "Training", "enrol")["payout"] = STRANGER
        self.found(change, "runs")

    def test_a_split_that_was_not_proposed(self):
        def change(blocks):
            split = self.arguments(blocks, "Training", "propose")["plan"]["split_ppm"]
            split[0] += 1
            split[1] -= 1
        self.found(change, "pools and their trees")

    def test_an_asset_that_a_run_is_not_paid_in(self):
        def called(blocks):
            self.arguments(blocks, "Training", "propose")["plan"]["asset"] = 1
        self.told("is paid in asset 1, which is not allowed", called)

        def event(blocks):
            events(blocks, "Training.RunProposed")[0][2]["fields"]["asset"] = 1
        self.told("is paid in: expected None, found 1", event)

    def test_events_and_pallets_that_are_not_known(self):
        def event(blocks):
            events(blocks, "Settlement.Claimed")[0][2]["name"] = "ClaimedSomehow"
        self.found(event, "events that are known")

        def pallet(blocks):
            events(blocks, "Settlement.Claimed")[0][2]["pallet"] = "Lottery"
        self.found(pallet, "events that are known")

    def test_what_is_stored_in_the_end(self):
        def first(name, *fields):
            def change(state):
                value = state[name][0][1] if fields else state
                for field in fields[:-1]:
                    value = value[field]
                value[fields[-1] if fields else name] += 1
            return change
        for name, fields, check in (
            ("System.Account", ("data", "free"), "free balances"),
            ("System.Account", ("data", "reserved"), "held balances"),
            ("Balances.Holds", (0, "amount"), "holds by reason"),
            ("Balances.TotalIssuance", (), "issuance"),
            ("Settlement.Pools", ("paid",), "pools and their trees"),
            ("Settlement.Pools", ("state", "Sealed", "sum"), "pools and their trees"),
            ("Settlement.Books", ("returned",), "books of runs"),
            ("Contributions.Entries", ("weight",), "contribution tables"),
            ("Valuation.Results", ("scores", "totals", 0, "score"), "scores and weights"),
            ("Training.RunDatasets", ("vested",), "licence money"),
            ("Attestors.Registrations", ("held",), "seats and penalties"),
        ):
            with self.subTest(name=name, fields=fields):
                self.stored(first(name, *fields), check)

    def test_a_leaf_that_is_marked_as_paid(self):
        def change(state):
            state["Settlement.ClaimedPages"][0][1] = "0x" + "ff" * 256
        self.stored(change, "claims")

    def test_any_change_at_random(self):
        self.sweep()


if __name__ == "__main__":
    unittest.main()
