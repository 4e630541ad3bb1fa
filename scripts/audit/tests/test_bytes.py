"""Hashes, addresses, signatures, draws, and who calls what, with vectors of the repository."""

import json
import unittest

from recorded import HERE
from calls import Calls, leaves
from draws import deal, draw
from encoding import (
    account_bytes, address, blake2_256, compact, pallet_account, twox_64, twox_128,
)
from signatures import receipt_bytes, receipt_id, verifies

REPOSITORY = HERE.parents[2]
ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
CHARLIE = "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y"
RECEIPT = {
    "version": 1, "genesis": "11" * 32, "run": 0x0807060504030201, "task": 0x0d0c0b0a,
    "contributor": "22" * 32, "base_model": "33" * 32, "result": "44" * 32, "steps": 1000,
    "evidence": "55" * 32, "metric_before": 612_345, "metric_after": 912_345,
    "valid_until": 77_777,
}


def called(module, function, **given):
    return {"call_module": module, "call_function": function,
            "call_args": [{"name": name, "value": value} for name, value in given.items()]}


class Bytes(unittest.TestCase):
    def test_storage_prefixes_are_the_known_ones(self):
        self.assertEqual(twox_128("System").hex(), "26aa394eea5630e07c48ae0c9558cef7")
        self.assertEqual(twox_128("Events").hex(), "80d41e5e16056765bc8461851072c9d7")
        self.assertEqual(twox_64(b""), 0xEF46DB3751D8E999)

    def test_addresses_are_the_known_ones(self):
        data = bytes.fromhex("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d")
        self.assertEqual(account_bytes(ALICE), data)
        self.assertEqual(address(data), ALICE)
        self.assertEqual(pallet_account(b"grd/trsy"),
                         "5EYCAe5gvpAVF9NGG3RExp86fo3Mj4BvuUbSYFci64rYFcPA")

    def test_compact_integers(self):
        for number, shown in ((0, "00"), (63, "fc"), (64, "0101"), (16_383, "fdff"),
                              (16_384, "02000100"), (1 << 30, "0300000040"),
                              ((1 << 64) - 1, "13ffffffffffffffff")):
            self.assertEqual(compact(number).hex(), shown)


class Signatures(unittest.TestCase):
    def test_every_vector_is_judged_as_the_chain_does(self):
        path = REPOSITORY / "primitives/receipt/tests/signatures.json"
        for vector in json.loads(path.read_text()):
            parts = [bytes.fromhex(vector[name]) for name in ("signature", "message", "key")]
            self.assertEqual(verifies(*parts), vector["chain"], vector["name"])

    def test_a_receipt_has_the_bytes_it_always_had(self):
        self.assertEqual(len(receipt_bytes(RECEIPT)), 189)
        self.assertEqual(receipt_id(RECEIPT).hex(),
                         "b36ae8ac80968d0d08af67af9c4d9440a23ee3eb5c361e7e885ca68604e5fb0d")


class Draws(unittest.TestCase):
    def test_draws_are_what_they_always_were(self):
        seed = b"\7" * 32
        self.assertEqual(draw(seed, b"run 1 task 2", range(1000), 15), [
            490, 937, 730, 887, 896, 234, 859, 926, 826, 111, 258, 315, 269, 815, 61])
        self.assertEqual(draw(seed, b"", range(5), 5), [0, 3, 2, 1, 4])
        self.assertEqual(deal(seed, b"round 0", 11, range(4)), [0, 3, 2, 2, 0, 0, 3, 1, 1, 1, 2])

    def test_everybody_gets_as_many_tasks_but_one(self):
        dealt = deal(b"\3" * 32, b"x", 11, ["ann", "ben", "cyd"])
        self.assertEqual(sorted(dealt.count(who) for who in set(dealt)), [3, 4, 4])
        self.assertEqual(deal(b"\3" * 32, b"x", 3, []), [])


class WhoCalls(unittest.TestCase):
    def test_calls_inside_of_calls_are_found_with_who_makes_them(self):
        inner = called("Training", "advance", run=1, limit=16)
        proxied = called("Proxy", "proxy", real=BOB, force_proxy_type=None, call=inner)
        derived = called("Utility", "as_derivative", index=3, call=inner)
        batch = called("Utility", "batch_all", calls=[inner, proxied, derived])
        sub = address(blake2_256(b"modlpy/utilisuba", account_bytes(ALICE), bytes([3, 0])))
        self.assertEqual([who for who, *_ in leaves(ALICE, batch)], [ALICE, BOB, sub])

    def test_a_multisig_is_one_account_whoever_sends(self):
        inner = called("Training", "cancel", run=1)
        both = [
            list(leaves(sender, called("Multisig", "as_multi", threshold=2, call=inner,
                                       other_signatories=others)))[0][0]
            for sender, others in ((ALICE, [BOB, CHARLIE]), (BOB, [CHARLIE, ALICE]))
        ]
        self.assertEqual(both[0], both[1])
        self.assertNotIn(both[0], (ALICE, BOB, CHARLIE))

    def test_a_call_is_used_for_one_event(self):
        calls = Calls({"signer": ALICE, "call": called("Valuation", "commit", run=1)})
        first = calls.take("Valuation", "commit", ALICE, lambda given: given["run"] == 1)
        self.assertEqual(first, (ALICE, {"run": 1}))
        self.assertIsNone(calls.take("Valuation", "commit", ALICE, lambda given: True))


if __name__ == "__main__":
    unittest.main()
