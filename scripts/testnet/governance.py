"""The council's way to a decision, with transactions that are encoded and signed here, so that a
rehearsal needs no library. Wallets do the same; see docs/operations.md."""

import json
import subprocess
from hashlib import blake2b

from ed25519 import sign
from network import chain_specification
from processes import Failed

# Where the chain keeps things: twox128 of the pallet's name, then of the item's.
AUTHORIZED_UPGRADE = "0x26aa394eea5630e07c48ae0c9558cef72fa9f1bf25567808771bff091dc89ecd"
EVENTS = "0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7"
PROPOSAL_COUNT = "0xaebd463ed9925c488c112434d61debc06254e9d55588784fa2a62b726696e2b1"
SESSION_VALIDATORS = "0xcec5070d609dd3497f72bde07fc96ba088dcde934c658227ee1dfafcd6e16903"
BABE_AUTHORITIES = "0x1cb6f36e027abb2091cfb5110ab5087f5e0621c4869aa60c02be9adcc98a0d1d"

#: The council of a rehearsal: //Alice and so on, as Ed25519 keys.
COUNCIL = ("Alice", "Bob", "Charlie", "Dave")
#: What a decision takes of four: more than half.
MAJORITY = 3
ENDOWMENT = 10**18
#: More than any decision here weighs: 100 ms, and a megabyte of proof.
WEIGHT_BOUND = (10**11, 10**6)
#: How long, in blocks, a transaction may take to be finalized.
PATIENCE = 60


def blake2_256(data):
    return blake2b(data, digest_size=32).digest()


# SCALE

def u32(number):
    return number.to_bytes(4, "little")


def compact(number):
    if number < 1 << 6:
        return bytes([number << 2])
    if number < 1 << 14:
        return (number << 2 | 1).to_bytes(2, "little")
    if number < 1 << 30:
        return (number << 2 | 2).to_bytes(4, "little")
    length = (number.bit_length() + 7) // 8
    return bytes([(length - 4) << 2 | 3]) + number.to_bytes(length, "little")


def vector(data):
    return compact(len(data)) + data


def address(account):
    return b"\x00" + account


# Calls: the pallet's index in the runtime, the call's index in the pallet, the parameters.

def remark(text):
    return bytes([0, 0]) + vector(text)


def authorize_upgrade(code):
    return bytes([0, 9]) + blake2_256(code)


def apply_authorized_upgrade(code):
    return bytes([0, 11]) + vector(code)


def add_validator(account):
    return bytes([6, 0]) + address(account)


def remove_validator(account):
    return bytes([6, 1]) + address(account)


def set_keys(keys, proof):
    return bytes([9, 0]) + keys + vector(proof)


def purge_keys():
    return bytes([9, 1])


def propose(threshold, proposal):
    return bytes([20, 2]) + compact(threshold) + proposal + compact(len(proposal))


def vote(proposal, index, approve=True):
    return bytes([20, 3]) + blake2_256(proposal) + compact(index) + bytes([approve])


def close(proposal, index):
    weight = b"".join(map(compact, WEIGHT_BOUND))
    return (bytes([20, 6]) + blake2_256(proposal) + compact(index) + weight
            + compact(len(proposal)))


def whitelist(call):
    return bytes([21, 0]) + blake2_256(call)


def dispatch_whitelisted(call):
    return bytes([21, 3]) + call


class Account:
    """A development key, asked of the node's own key tool."""

    def __init__(self, programs, name):
        shown = subprocess.run(
            [programs / "guerdon-node", "key", "inspect", "--scheme", "ed25519",
             "--output-type", "json", f"//{name}"], check=True, capture_output=True).stdout
        shown = json.loads(shown)
        self.seed = bytes.fromhex(shown["secretSeed"][2:])
        self.id = bytes.fromhex(shown["publicKey"][2:])
        self.ss58 = shown["ss58Address"]


class Governance:
    """A network whose council is made of accounts that can sign here."""

    def __init__(self, network):
        self.network = network
        self.accounts = {name: Account(network.bin, name) for name in (*COUNCIL, "Eve")}
        network.chain = network.home / "chain.json"
        chain_specification(network.bin, network.chain, self.seat)

    def seat(self, genesis):
        """The council's decisions are signed here, so it has keys that can be used here."""
        genesis["council"]["members"] = sorted(
            (self.accounts[name].ss58 for name in COUNCIL),
            key=lambda ss58: next(a.id for a in self.accounts.values() if a.ss58 == ss58))
        genesis["balances"]["balances"] += [[a.ss58, ENDOWMENT] for a in self.accounts.values()]

    @property
    def node(self):
        return self.network.validators["alice"]

    # What is finalized

    def storage(self, key, at=None):
        """The value at a finalized block, the latest unless it is given; None without one."""
        at = at or self.node.call("chain_getFinalizedHead")
        found = self.node.call("state_getStorage", key, at)
        return None if found is None else bytes.fromhex(found[2:])

    def spec_version(self):
        head = self.node.call("chain_getFinalizedHead")
        return self.node.call("state_getRuntimeVersion", head)["specVersion"]

    def nonce(self, account, at):
        found = self.node.call("state_call", "AccountNonceApi_account_nonce",
                               "0x" + account.id.hex(), at)
        return int.from_bytes(bytes.fromhex(found[2:]), "little")

    # Transactions

    def send(self, name, call):
        """Signs a call, sends it, and gives what `settled` waits for."""
        account = self.accounts[name]
        version = self.node.call("state_getRuntimeVersion")
        genesis = bytes.fromhex(self.node.call("chain_getBlockHash", 0)[2:])
        nonce = self.nonce(account, self.node.call("chain_getBlockHash"))
        # An immortal transaction, no tip, no hash of the metadata.
        extension = b"\x00" + compact(nonce) + compact(0) + b"\x00"
        implied = (u32(version["specVersion"]) + u32(version["transactionVersion"]) + genesis
                   + genesis + b"\x00")
        payload = call + extension + implied
        signature = sign(account.seed, blake2_256(payload) if len(payload) > 256 else payload)
        body = b"\x84" + address(account.id) + b"\x00" + signature + extension + call
        self.node.call("author_submitExtrinsic", "0x" + vector(body).hex())
        return account, nonce

    def settled(self, *sent):
        """Waits until the transactions are in finalized blocks."""
        def done():
            head = self.node.call("chain_getFinalizedHead")
            return all(self.nonce(account, head) > nonce for account, nonce in sent)

        self.network.until("a transaction's finality", done, PATIENCE)

    def decide(self, proposal):
        """Carries a motion: one proposes, three approve, one closes."""
        count = self.storage(PROPOSAL_COUNT)
        index = 0 if count is None else int.from_bytes(count, "little")
        self.settled(self.send(COUNCIL[0], propose(MAJORITY, proposal)))
        self.settled(*[self.send(name, vote(proposal, index)) for name in COUNCIL[:MAJORITY]])
        self.settled(self.send(COUNCIL[0], close(proposal, index)))

    def decide_as_root(self, call):
        """What only Root may do: the council whitelists the call, then has it dispatched."""
        self.decide(whitelist(call))
        self.decide(dispatch_whitelisted(call))

    # Validators

    def validators(self):
        """The accounts that validate in the current session, in the order of their keys."""
        found = self.storage(SESSION_VALIDATORS)
        return [found[i:i + 32] for i in range(1, len(found), 32)]

    def authored(self, account, since):
        """Whether an account authored a finalized block after a height, found by its digest."""
        top = self.node.finalized()[0]
        for number in range(since + 1, top + 1):
            at = self.node.call("chain_getBlockHash", number)
            for log in self.node.call("chain_getHeader", at)["digest"]["logs"]:
                data = bytes.fromhex(log[2:])
                # A pre-runtime digest of BABE: kind, engine, length (2 bytes), kind of slot, index.
                if data[:5] == b"\x06BABE":
                    index = int.from_bytes(data[8:12], "little")
                    found = self.storage(SESSION_VALIDATORS, at)
                    if found[1 + 32 * index:33 + 32 * index] == account:
                        return True
        return False

    def rotated_keys(self, name, account):
        """New session keys, made by a node, with its proof that the account may use them."""
        made = self.network.validators[name].call(
            "author_rotateKeysWithOwner", "0x" + account.id.hex())
        return bytes.fromhex(made["keys"][2:]), bytes.fromhex(made["proof"][2:])

    def babe_keys(self):
        """The keys that blocks are authored with in the current session."""
        found = self.storage(BABE_AUTHORITIES)
        return [found[i:i + 32] for i in range(1, len(found), 40)]

    def require(self, true, what):
        if not true:
            raise Failed(f"it does not hold that {what}")
