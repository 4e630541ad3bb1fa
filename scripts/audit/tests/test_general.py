"""How a transaction that nobody signs is taken apart, without the library that decodes the rest."""

import sys
import unittest
from types import ModuleType, SimpleNamespace
from unittest.mock import patch

import recorded  # finds the modules beside the tests
from encoding import compact, unhex

CALL = {"call_module": "Settlement", "call_function": "claim_free"}
#: Bytes of what this runtime's extensions say besides the call: nothing, and one of each kind.
EXTENSIONS = {"AuthorizeCall": "nothing", "CheckMortality": "u8", "CheckNonce": "Compact<u32>",
              "ChargeTransactionPayment": "Compact<u32>", "CheckMetadataHash": "u8"}
SIGNED = {"address": "somebody", "tip": 7, "call": CALL}


class Bytes:
    """Those that the library reads from."""

    def __init__(self, data):
        self.data = unhex(data)

    def next(self, count):
        found, self.data = self.data[:count], self.data[count:]
        return found

    def get_remaining_length(self):
        return len(self.data)


def library():
    base, registry = ModuleType("scalecodec.base"), ModuleType("scalecodec.type_registry")
    base.RuntimeConfigurationObject, base.ScaleBytes = None, Bytes
    registry.load_type_registry_preset = None
    return {"scalecodec": ModuleType("scalecodec"), "scalecodec.base": base,
            "scalecodec.type_registry": registry}


with patch.dict(sys.modules, library()):
    from chain import GENERAL, Chain, Runtime, Unusable


class Decoder(Runtime):
    def __init__(self):
        self.version = 1
        self.metadata = SimpleNamespace(get_signed_extensions=lambda: {
            name: {"extrinsic": kind} for name, kind in EXTENSIONS.items()})

    def decode(self, kind, data):
        if kind == "Extrinsic":
            return SIGNED
        if kind == "Call":
            return CALL if data.next(2) == b"\4\11" else None
        found = data.next({"nothing": 0, "u8": 1}.get(kind, 1))
        return found[0] >> 2 if kind.startswith("Compact") else found[0] if found else None


def transaction(begin=(GENERAL, 0), said=b"\0\0\0\0", call=b"\4\11"):
    body = bytes(begin) + said + call
    return "0x" + (compact(len(body)) + body).hex()


class General(unittest.TestCase):
    def test_its_call_comes_after_what_the_extensions_say(self):
        raw = transaction()
        self.assertEqual(Decoder().extrinsic(raw), {
            "length": len(unhex(raw)), "signer": None, "general": True, "tip": 0, "call": CALL})

    def test_the_library_reads_all_others(self):
        for begin in ((0x84, 0), (0x04, 0), (0x05, 0)):
            found = Decoder().extrinsic(transaction(begin))
            self.assertEqual((found["signer"], found["general"], found["tip"]),
                             ("somebody", False, 7))

    def test_extensions_of_another_version_cannot_be_read(self):
        with self.assertRaisesRegex(Unusable, "extensions of version 1"):
            Decoder().extrinsic(transaction((GENERAL, 1)))

    def test_nothing_may_follow_the_call(self):
        with self.assertRaisesRegex(Unusable, "2 bytes after the call"):
            Decoder().extrinsic(transaction(call=b"\4\11\0\0"))


class Read(unittest.TestCase):
    """What is read of a block's state, as its events do not tell it."""

    def test_assets_that_were_made_or_changed(self):
        told = [{"pallet": pallet, "name": name, "fields": {"asset_id": number}}
                for pallet, name, number in (
                    ("Assets", "Issued", 3), ("Assets", "ForceCreated", 2), ("Other", "Created", 4),
                    ("Assets", "AssetStatusChanged", 1), ("Assets", "AssetStatusChanged", 2))]
        state = SimpleNamespace(value=lambda *key: key)
        self.assertEqual(Chain.assets(None, state, told), [
            [1, ("Assets", "Asset", 1)], [2, ("Assets", "Asset", 2)]])
        self.assertEqual(Chain.assets(None, state, []), [])


if __name__ == "__main__":
    unittest.main()
