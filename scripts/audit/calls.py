"""What was called in an extrinsic, and by whom, inside of batches, proxies and multisigs too."""

from encoding import account_bytes, address, blake2_256, compact, u16

DERIVED = b"modlpy/utilisuba"
#: What general transactions, which nobody signs, carry. It cannot be called in any other way.
FREE = ("Settlement", "claim_free")


def arguments(call):
    return {argument["name"]: argument["value"] for argument in call["call_args"]}


def leaves(origin, call):
    """(who, pallet, call, arguments) of everything that may have been carried out, in order."""
    name, given = (call["call_module"], call["call_function"]), arguments(call)
    if name in (("Utility", "batch"), ("Utility", "batch_all"), ("Utility", "force_batch")):
        for each in given["calls"]:
            yield from leaves(origin, each)
    elif name == ("Utility", "as_derivative"):
        derived = blake2_256(DERIVED, account_bytes(origin), u16(given["index"]))
        yield from leaves(address(derived), given["call"])
    elif name == ("Utility", "if_else"):
        yield from leaves(origin, given["main"])
        yield from leaves(origin, given["fallback"])
    elif name == ("Utility", "with_weight"):
        yield from leaves(origin, given["call"])
    elif name in (("Proxy", "proxy"), ("Proxy", "proxy_announced")):
        yield from leaves(given["real"], given["call"])
    elif name == ("Multisig", "as_multi_threshold_1"):
        yield from leaves(multisig(origin, given, 1), given["call"])
    elif name == ("Multisig", "as_multi"):
        yield from leaves(multisig(origin, given, given["threshold"]), given["call"])
    else:
        yield origin, *name, given


def multisig(origin, given, threshold):
    """The account of these signatories."""
    members = sorted(account_bytes(who) for who in [origin, *given["other_signatories"]])
    listed = compact(len(members)) + b"".join(members)
    return address(blake2_256(DERIVED, listed, u16(threshold)))


class Calls:
    """The calls of one extrinsic, of which each is used for one event."""

    def __init__(self, extrinsic=None):
        extrinsic = extrinsic or {}
        signer, call = extrinsic.get("signer"), extrinsic.get("call")
        name = call and (call["call_module"], call["call_function"])
        self.outer = name if signer else None
        #: Whether it is a claim that nobody signed.
        self.free = not signer and extrinsic.get("general", False) and name == FREE
        if self.free:
            self.left = [(None, *FREE, arguments(call))]
        else:
            self.left = [found for found in leaves(signer, call)
                         if found[1:3] != FREE] if signer else []

    def take(self, pallet, name, who, fits):
        """The first such call, as (who, arguments); None when there is none left."""
        for place, (caller, *called, given) in enumerate(self.left):
            if called == [pallet, name] and who in (None, caller) and fits(given):
                del self.left[place]
                return caller, given
        return None

    def every(self, pallet, *names):
        """(who, arguments) of all calls with one of these names."""
        return [(caller, given) for caller, *called, given in self.left
                if called[0] == pallet and called[1] in names]

    def sole(self, pallet, name):
        """Whether the extrinsic is one such call, and nothing around it."""
        return self.outer == (pallet, name)
