#!/usr/bin/env python3
"""How many contributors are credited per second through a node's JSON-RPC, beside plain transfers.

Starts a development node on a chain of its own, whose genesis has members that are due money, and
lets it make full blocks of one kind of transaction after the other. docs/credits-per-second.md says
what is measured and what came out."""

import argparse
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from threading import local

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "guerdon"
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "scripts" / part) for part in ("audit", "demo")]

from encoding import HASHERS, blake2_256, compact, tohex, twox_128, u8, u32, u64, u128, unhex
from output import grd, say, step, table
from processes import SIGNALS, Failed, Node, Processes, compacts, free_ports, ignore_signals
from share_tree import Tree, leaf_bytes, leaf_node

GRD = 10**12
#: How many transactions are sent at once, in how many requests.
CONNECTIONS, BATCH, BATCH_BYTES = 4, 32, 256 << 10
#: Who signs: as many as transactions are on their way, so that no nonce overtakes an earlier one.
SENDERS, SENDER_FREE = CONNECTIONS * BATCH, 10**6 * GRD
#: Accounts that receive and existed before.
RECEIVERS = 8_192
#: The dataset and list of the members who are paid, and those of the members who are booked.
PAID, BOOKED = 1, 2
#: The run's pool whose only leaf pays the second list, and how many members that has.
RUN, POOL, BOOKED_MEMBERS = 7, 3, 10_000_000
ROLE = 0
BOOKED_AMOUNT = BOOKED_MEMBERS * GRD + 7
POT = b"modlguerdon/".ljust(32, b"\0")
PAGE, MANY, DRAWN = 256, 64, 64
#: Every row is measured so often, in turns with the others.
ROUNDS = 2
#: How many blocks' worth of transactions wait in the node's pool, as bytes and transactions allow.
WAITING, MOST_WAITING, MOST_BYTES = 4, 6_000, 12 << 20
KEYS = 1_000
#: Seconds in which something has to come of what the node accepted.
PATIENCE = 60
#: Set where this program has started itself again.
AGAIN = "GUERDON_RATE_AGAIN"
#: The node's own word on why a block ended.
PREPARED = re.compile(r"Prepared block for proposing at (\d+) \((\d+) ms\).*; end: (\w+);")
FULL = {"HitBlockWeightLimit": "weight", "HitBlockSizeLimit": "bytes", "HitDeadline": "time"}


# The chain that is measured

class Members:
    """Public members of one cohort, each due something between a half and one and a half GRD."""

    def __init__(self, count):
        drawn = (blake2_256(b"guerdon/rate/member", u32(place)) for place in range(count))
        # Payees ascend, as the chain wants it of a list that is streamed.
        self.accounts = sorted(drawn)
        self.leaves = [leaf_bytes(account, 500 + int.from_bytes(account[:2], "little") % 1_000)
                       for account in self.accounts]
        self.tree = Tree([leaf_node(PAID, at, leaf) for at, leaf in enumerate(self.leaves)])
        self.funded = count * GRD + 7
        self.due = self.tree.entitlements(self.funded)


def twox(number):
    return HASHERS["Twox64Concat"](number)


def key(pallet, name, *keys):
    return tohex(twox_128(pallet) + twox_128(name) + b"".join(keys))


def account_key(account):
    return key("System", "Account", HASHERS["Blake2_128Concat"](account))


def free_of(raw):
    """The free balance in a stored account."""
    return int.from_bytes(unhex(raw)[16:32], "little") if raw else 0


def with_free(raw, free):
    data = unhex(raw)
    return tohex(data[:16] + u128(free) + data[32:])


def cohort(dataset, funded, summary):
    return tohex(u64(dataset) + bytes(32) + u64(1) + u128(funded) + u128(0) + u128(0) + u8(1)
                 + summary)


def endow(top, members, senders):
    """Puts what is measured into a genesis: lists, a run's pool, the money and who has it."""
    leaf = u8(2) + u64(BOOKED) + u64(1)
    lone = Tree([leaf_node(POOL, 0, leaf)])
    # Nobody looks at the leaves of a list when it is booked: so there are none.
    unseen = blake2_256(b"guerdon/rate/unseen") + u128(BOOKED_MEMBERS) + u64(BOOKED_MEMBERS)
    run, grd_asset = twox(u64(RUN)), twox(u8(0))
    books = [BOOKED_AMOUNT, 0, 0, 0, 0, BOOKED_AMOUNT, 0, 0, 0]
    owed = members.funded + BOOKED_AMOUNT
    items = {
        ("Cohorts", twox(u64(PAID))): cohort(PAID, members.funded, members.tree.summary()),
        ("Cohorts", twox(u64(BOOKED))): cohort(BOOKED, 0, unseen),
        ("Memberships", twox(u64(PAID))): tohex(compact(1) + u64(PAID) + u8(0)),
        ("Memberships", twox(u64(BOOKED))): tohex(compact(1) + u64(BOOKED) + u8(0)),
        ("Pools", twox(u64(POOL))): tohex(
            u64(RUN) + u8(ROLE) + u8(0) + u128(BOOKED_AMOUNT) + u128(0) + u8(1) + lone.summary()),
        ("RunPools", run, twox(u8(ROLE))): tohex(u64(POOL)),
        ("ListLeaves", twox(u64(POOL)), twox(u64(0))): tohex(u64(BOOKED)),
        ("Expiries", twox(u64(POOL))): tohex(u32(15_768_000)),
        ("Books", run, grd_asset): tohex(b"".join(map(u128, books))),
        ("Total", grd_asset): tohex(u128(owed) + u128(0) + u128(0) + u128(0)),
        ("NextPoolId",): tohex(u64(POOL + 1)),
    }
    top.update({key("Settlement", *place): value for place, value in items.items()})
    pot = account_key(POT)
    # Nothing else refers to whom a pallet's account of this shape is copied for.
    like = tohex(bytes(8) + u32(1) + unhex(top[pot])[12:])
    top[pot] = with_free(top[pot], free_of(top[pot]) + owed)
    for account in senders:
        top[account_key(account)] = with_free(like, SENDER_FREE)
    for account in receivers():
        top[account_key(account)] = with_free(like, GRD)
    issuance = key("Balances", "TotalIssuance")
    made = owed + len(senders) * SENDER_FREE + RECEIVERS * GRD
    top[issuance] = tohex(u128(int.from_bytes(unhex(top[issuance]), "little") + made))


def receivers():
    return [blake2_256(b"guerdon/rate/receiver", u32(place)) for place in range(RECEIVERS)]


# What is measured

class Kind:
    """One kind of transaction, and the blocks that were full of it."""

    def __init__(self, name, credits, members, make):
        #: Who is credited by one, and how many members of the list those are, in pages or singly.
        self.name, self.credits, self.members, self.make = name, credits, members, make
        self.blocks, self.partial, self.cpu, self.all_credits = [], 0, 0, 0
        self.declared = self.length = self.most = None

    def sums(self):
        return (sum(block["credits"] for block in self.blocks),
                sum(block["seconds"] for block in self.blocks))

    def rate(self):
        credits, seconds = self.sums()
        return credits / seconds

    def per_block(self):
        return self.sums()[0] / len(self.blocks)

    def used(self):
        """Microseconds of weight that a credit took."""
        return sum(block["weight"] for block in self.blocks) / self.sums()[0] / 10**6


class Site(Processes):
    """The node, and what it is given."""

    def __init__(self, options):
        super().__init__(options.node.parent)
        from nacl.signing import SigningKey
        self.options = options
        self.guard, (self.port, self.peers) = free_ports(2)
        self.node = Node(self.port)
        self.connections = local()
        seeds = [blake2_256(b"guerdon/rate/sender", u32(place)) for place in range(SENDERS)]
        self.keys = [SigningKey(seed) for seed in seeds]
        self.publics = [bytes(each.verify_key) for each in self.keys]
        #: Transactions that senders sent so far, and members and strangers who had their turn.
        self.sent = self.cursor = self.strangers = 0
        #: What every account should have in the end, and which members were paid.
        self.expected, self.paid = {}, set()
        self.receivers = receivers()
        self.known = frozenset(self.receivers)
        #: Blocks that had no room for any transaction, and the machine's load.
        self.roomless, self.loads = 0, []

    @property
    def rpc(self):
        """A connection of this thread's own."""
        from chain import Rpc
        if not hasattr(self.connections, "rpc"):
            self.connections.rpc = Rpc(f"http://127.0.0.1:{self.port}")
        return self.connections.rpc

    def begin(self):
        from chain import Runtime
        step(f"A chain whose genesis has {self.options.members:,} members who are due money")
        self.members = Members(self.options.members)
        file = self.home / "chain.json"
        self.command(self.options.node, "export-chain-spec", "--chain", "dev", "--raw",
                     "--output", file)
        specification = json.loads(file.read_text())
        specification |= {"name": "Guerdon Rate", "id": "guerdon_rate"}
        endow(specification["genesis"]["raw"]["top"], self.members, self.publics)
        file.write_text(json.dumps(specification))
        self.start("node", [
            self.options.node, "--chain", file, "--base-path", self.home / "chain", "--alice",
            "--force-authoring", "--unsafe-force-node-key-generation", "--no-mdns",
            "--rpc-port", self.port, "--port", self.peers, "--no-prometheus"])

        def answers():
            with suppress(OSError):
                return self.node.height() > 1

        self.wait("the first blocks", answers, 180)
        self.head = self.node.height()
        version = self.node.call("state_getRuntimeVersion")
        self.runtime = Runtime(version["specVersion"], self.node.call("state_getMetadata"))
        genesis = unhex(self.node.call("chain_getBlockHash", 0))
        self.implied = (u32(version["specVersion"]) + u32(version["transactionVersion"])
                        + genesis + genesis + u8(0))
        self.calls = {(pallet.value["name"], call.value["name"]):
                      u8(pallet.value["index"]) + u8(call.value["index"])
                      for pallet in self.runtime.metadata.pallets for call in pallet.calls or []}
        weights = self.runtime.constants["System.BlockWeights"]
        self.whole = weights["max_block"]["ref_time"]
        normal = weights["per_class"]["normal"]
        self.limit = normal["max_total"]["ref_time"]
        self.base = normal["base_extrinsic"]["ref_time"]
        self.memory = self.resident()

    def resident(self):
        """Megabytes of the node."""
        pages = Path(f"/proc/{self.processes['node'].pid}/statm").read_text().split()[1]
        return int(pages) * resource.getpagesize() >> 20

    def processor(self):
        """Seconds of processor time that the node took so far."""
        stat = Path(f"/proc/{self.processes['node'].pid}/stat").read_text()
        return sum(map(int, stat.rpartition(")")[2].split()[11:13])) / os.sysconf("SC_CLK_TCK")

    # Transactions

    @staticmethod
    def extra(nonce):
        """What extensions say in a transaction: immortal, nonce, no tip, no metadata hash."""
        return u8(0) + compact(nonce) + compact(0) + u8(0)

    def signed(self, call, place):
        """A call by whoever's turn it is."""
        nonce, who = divmod(self.sent + place, SENDERS)
        payload = call + self.extra(nonce) + self.implied
        payload = blake2_256(payload) if len(payload) > 256 else payload
        signature = self.keys[who].sign(payload).signature
        return self.framed(u8(0x84) + u8(0) + self.publics[who] + u8(0) + signature
                           + self.extra(nonce) + call)

    def unsigned(self, call, _):
        return self.framed(u8(0x45) + u8(0) + self.extra(0) + call)

    @staticmethod
    def framed(data):
        return tohex(compact(len(data)) + data)

    def claim_fields(self, at):
        return (u64(PAID) + u64(at) + self.members.leaves[at] + self.members.tree.proof(at)
                + u8(0))

    def paid_to(self, first, count):
        return [(at, self.members.accounts[at]) for at in range(first, first + count)]

    def claim(self, place):
        at = self.cursor + place
        call = self.calls["Settlement", "claim"] + self.claim_fields(at)
        return self.signed(call, place), self.paid_to(at, 1)

    def claim_free(self, place):
        at = self.cursor + place
        call = self.calls["Settlement", "claim_free"] + self.claim_fields(at)
        return self.unsigned(call, place), self.paid_to(at, 1)

    def claim_many(self, place):
        first = self.cursor + place * MANY
        claims = map(self.claim_fields, range(first, first + MANY))
        call = self.calls["Settlement", "claim_many"] + compact(MANY) + b"".join(claims)
        return self.signed(call, place), self.paid_to(first, MANY)

    def pay_page(self, place):
        first = self.cursor + place * PAGE
        # Eight levels up there is one node for each page.
        call = (self.calls["Settlement", "pay_page"] + u64(PAID) + u64(first // PAGE)
                + compact(PAGE) + b"".join(self.members.leaves[first:first + PAGE])
                + self.members.tree.proof(first // PAGE, 8))
        return self.signed(call, place), self.paid_to(first, PAGE)

    def transfer_call(self, account):
        return (self.calls["Balances", "transfer_keep_alive"] + u8(0) + account + compact(GRD))

    def stranger(self, place):
        return blake2_256(b"guerdon/rate/stranger", u64(self.strangers + place))

    def transfer(self, place):
        to = self.stranger(place)
        return self.signed(self.transfer_call(to), place), [(None, to)]

    def transfer_known(self, place):
        to = self.receivers[(self.strangers + place) % RECEIVERS]
        return self.signed(self.transfer_call(to), place), [(None, to)]

    def batch(self, place):
        to = [self.stranger(place * MANY + each) for each in range(MANY)]
        call = self.calls["Utility", "batch_all"] + compact(MANY)
        call += b"".join(map(self.transfer_call, to))
        return self.signed(call, place), [(None, account) for account in to]

    # Blocks

    def ask_block(self, number):
        (found,) = self.rpc.ask([("chain_getBlockHash", number)])
        body, weight, now = self.rpc.ask([
            ("chain_getBlock", found), ("state_getStorage", key("System", "BlockWeight"), found),
            ("state_getStorage", key("Timestamp", "Now"), found)])
        # Time and proof of each class: normal, operational, mandatory.
        normal, _, _, _, mandatory, _ = compacts(unhex(weight))
        return {"number": number, "hash": found, "extrinsics": body["block"]["extrinsics"],
                "weight": normal, "room": mandatory < self.whole,
                "now": int.from_bytes(unhex(now), "little")}

    def new_blocks(self):
        height = int(self.rpc.call("chain_getHeader")["number"], 16)
        while self.head < height:
            self.head += 1
            yield self.ask_block(self.head)

    def prepared(self):
        """By block: milliseconds that the node took to make it, and why it ended."""
        return {int(number): (int(took), end)
                for number, took, end in PREPARED.findall(self.log("node"))}

    # One row

    def declare(self, kind):
        """What the chain says beforehand that one of a kind weighs."""
        raw, _ = kind.make(0)
        length = len(unhex(raw))
        answer = unhex(self.rpc.call("state_call", "TransactionPaymentApi_query_info",
                                     tohex(unhex(raw) + u32(length))))
        kind.declared = compacts(answer)[0] + self.base
        kind.length = length
        by_lane = self.runtime.constants["Settlement.FreeLane"]["ref_time"]
        kind.most = (by_lane if kind.name == "claim_free" else self.limit) // kind.declared

    def batches(self, kind, count):
        """Requests that submit so many transactions, and whom each transaction pays."""
        made, pays, bodies = [], {}, []
        for place in range(count):
            raw, paid = kind.make(place)
            pays[raw] = paid
            made.append(raw)
        per = max(1, min(BATCH, BATCH_BYTES // kind.length))
        for first in range(0, count, per):
            some = made[first:first + per]
            bodies.append((len(some), json.dumps([
                {"jsonrpc": "2.0", "id": number, "method": "author_submitExtrinsic",
                 "params": [raw]} for number, raw in enumerate(some)])))
        return bodies, pays

    def submit(self, count, body):
        answers = self.rpc.post(body)
        for answer in answers if isinstance(answers, list) else [answers]:
            if "error" in answer:
                raise Failed(f"the node refuses a transaction: {answer['error']}")
        return count

    def measure(self, kind, pool):
        if kind.members:
            # Pages begin at multiples of their length.
            self.cursor = -(-self.cursor // kind.members) * kind.members
            left = max(0, len(self.members.leaves) - self.cursor) // kind.members
            if not left:
                raise Failed(f"{len(self.members.leaves):,} members are too few, as"
                             f" {self.cursor:,} had their turn: give more --members, or fewer"
                             " --blocks")
        self.declare(kind)
        supply = (self.options.blocks + 6) * 2 * kind.most + BATCH
        supply = min(supply, left) if kind.members else supply
        bodies, pays = self.batches(kind, supply)
        target = min(WAITING * kind.most, MOST_WAITING, MOST_BYTES // kind.length)
        load = os.getloadavg()[0]
        self.loads.append(load)
        used = self.processor()
        submitted = included = taken = full = 0
        blocks, flying = [], []
        last = time.time()
        while full < self.options.blocks + 1 or flying or included < submitted:
            for block in self.new_blocks():
                mine = [pays[raw] for raw in block.pop("extrinsics") if raw in pays]
                block["transactions"], block["credits"] = len(mine), sum(map(len, mine))
                self.expect(mine)
                included += len(mine)
                blocks.append(block)
                _, end = self.prepared().get(block["number"], (0, ""))
                full += bool(mine) and end in FULL
                last = time.time() if mine else last
            # In order: a request that lags holds those up that come after it.
            while flying and flying[0].done():
                flying.pop(0).result()
            waits = submitted - included
            if full <= self.options.blocks and len(flying) < CONNECTIONS and waits < target:
                if taken == len(bodies):
                    raise Failed(f"{supply:,} transactions of {kind.name} fill only {full} blocks:"
                                 " give more --members, or fewer --blocks")
                flying.append(pool.submit(self.submit, *bodies[taken]))
                submitted += bodies[taken][0]
                taken += 1
                continue
            if self.ended() or time.time() - last > PATIENCE:
                raise Failed("\n".join(self.ended()) or f"{waits} transactions of {kind.name} wait"
                             f" and none went into a block for {PATIENCE} s: look at the node's"
                             " log")
            time.sleep(0.05)
        kind.cpu += self.processor() - used
        kind.all_credits += included * kind.credits
        self.advance(kind, submitted)
        self.keep(kind, blocks)
        say(f"    {time.strftime('%H:%M:%S')}  {kind.name}: {submitted:,} transactions, load"
            f" {load:.1f}, {', '.join(str(block['credits']) for block in blocks)}")

    def advance(self, kind, submitted):
        """Whoever was paid or signed is not taken again."""
        self.cursor += submitted * kind.members
        if not kind.members:
            self.strangers += submitted * kind.credits
        if kind.make != self.claim_free:
            self.sent += submitted

    def expect(self, mine):
        for index, account in (each for paid in mine for each in paid):
            if index is None:
                first = GRD if account in self.known else 0
                self.expected[account] = self.expected.get(account, first) + GRD
            else:
                self.expected[account] = self.members.due[index]
                self.paid.add(index)

    def keep(self, kind, blocks):
        """Keeps the full blocks but the first and the last that hold anything."""
        made = self.prepared()
        places = [place for place, block in enumerate(blocks) if block["transactions"]]
        for place in range(places[0] + 1, places[-1]):
            block = blocks[place]
            took, end = made.get(block["number"], (0, ""))
            if not block["room"]:
                # The first block of a session: pallet-session declares a whole block's weight.
                self.roomless += 1
                continue
            if end not in FULL:
                kind.partial += 1
                continue
            seconds = (block["now"] - blocks[place - 1]["now"]) / 1_000
            kind.blocks.append(block | {"took": took, "end": FULL[end], "seconds": seconds})

    # Booking

    def book(self):
        """Ten million members, in one claim."""
        step(f"One claim books {grd(BOOKED_AMOUNT)} GRD to {BOOKED_MEMBERS:,} members")
        leaf = u8(2) + u64(BOOKED) + u64(1)
        call = self.calls["Settlement", "claim"] + u64(POOL) + u64(0) + leaf + compact(0) + u8(0)
        raw = self.signed(call, 0)
        self.sent += 1
        for _ in self.new_blocks():
            pass
        begun, before = time.time(), self.head
        self.node.call("author_submitExtrinsic", raw)
        while True:
            for block in self.new_blocks():
                if raw in block["extrinsics"]:
                    return self.booked(block, block["extrinsics"].index(raw), begun, before)
            if time.time() - begun > PATIENCE:
                raise Failed(f"the booking is in no block {PATIENCE} s after it was sent: look at"
                             " the node's log")
            time.sleep(0.02)

    def booked(self, block, place, begun, before):
        seconds = time.time() - begun
        events = self.runtime.events(
            self.rpc.call("state_getStorage", key("System", "Events"), block["hash"]))
        own = {event["name"]: event["fields"] for event in events if event["extrinsic"] == place}
        wrong = {"Booked", "CohortFunded", "ExtrinsicSuccess"} - set(own)
        if wrong or own["CohortFunded"]["amount"] != BOOKED_AMOUNT:
            raise Failed(f"the booking did not fund the list with all of it: {own}")
        weight = own["ExtrinsicSuccess"]["dispatch_info"]["weight"]["ref_time"] + self.base
        found = {"blocks": 1, "after": block["number"] - before, "seconds": seconds,
                 "weight": weight, "normal": block["weight"]}
        say(f"    in block {block['number']}, {found['after']} after it was sent, {seconds:.2f} s;"
            f" {weight / 10**6:,.0f} us of weight, the block's transactions all together"
            f" {block['weight'] / 10**6:,.0f} us")
        return found

    # Whether everybody got it

    def values(self, keys):
        """What is stored now."""
        best, found = self.rpc.call("chain_getBlockHash"), {}
        for first in range(0, len(keys), KEYS):
            (changes,) = self.rpc.call("state_queryStorageAt", keys[first:first + KEYS], best)
            found.update(changes["changes"])
        return found

    def check(self):
        step("Every credit is checked")
        by_key = {account_key(account): due for account, due in self.expected.items()}
        stored = self.values(list(by_key))
        wrong = sum(free_of(stored[place]) != due for place, due in by_key.items())
        if wrong:
            raise Failed(f"{wrong} of {len(by_key)} accounts do not have what they should have")
        others = [at for at in range(len(self.members.due)) if at not in self.paid][:KEYS]
        stored = self.values([account_key(self.members.accounts[at]) for at in others])
        if any(stored.values()):
            raise Failed("a member exists who was not paid")
        pages = {at // DRAWN: key("Settlement", "Drawn", twox(u64(PAID)), twox(u64(at // DRAWN)))
                 for at in self.paid}
        stored = self.values(list(pages.values()))
        for page, place in pages.items():
            data = unhex(stored[place])
            for at in range(DRAWN):
                index = page * DRAWN + at
                due = self.members.due[index] if index in self.paid else 0
                if int.from_bytes(data[at * 16:at * 16 + 16], "little") != due:
                    raise Failed(f"the chain has another amount for member {index} than {due}")
        paid = BOOKED_AMOUNT + sum(self.members.due[at] for at in self.paid)
        told = self.node.call("guerdon_v1_conservation")
        exact = {"missing": 0, "paid": paid, "escrow": 0, "dues": 0, "surplus": 0,
                 "funded": self.members.funded + 2 * BOOKED_AMOUNT}
        for name, amount in exact.items():
            if int(told[name]) != amount:
                raise Failed(f"conservation: {name} is {told[name]} and should be {amount}")
        say(f"    {len(by_key):,} balances to the unit, {len(self.paid):,} amounts that members"
            f" drew, {len(others):,} members who had no turn and do not exist;"
            f" missing {told['missing']}, funded - paid ="
            f" {grd(int(told['funded']) - int(told['paid']))} GRD, as it should be")


# The result

def bounds(kind):
    ends = [block["end"] for block in kind.blocks]
    return ", ".join(f"{end} {ends.count(end)}" for end in FULL.values() if end in ends)


def report(site, kinds, booking):
    step("Credits per second")
    plain, batch = (next(kind for kind in kinds if kind.name == name)
                    for name in ("transfer to nobody yet", "batch_all of 64 transfers"))
    slot = site.runtime.constants["Babe.ExpectedBlockTime"] / 1_000
    rows = []
    for kind in kinds:
        filled = kind.used() * kind.per_block() * 10**6 / site.limit
        rows.append([
            kind.name, len(kind.blocks), f"{kind.per_block() / kind.credits:,.1f}",
            f"{kind.per_block():,.0f}", f"{kind.rate():,.0f}",
            f"{kind.rate() / plain.rate():.2f} x", f"{kind.rate() / batch.rate():.2f} x",
            f"{filled:.0%}", bounds(kind), round(kind.sums()[1] / slot) - len(kind.blocks)])
    rate = BOOKED_MEMBERS / slot
    rows.append(["booking to 10,000,000", 1, 1, f"{BOOKED_MEMBERS:,}", f"{rate:,.0f}",
                 f"{rate / plain.rate():,.0f} x", f"{rate / batch.rate():,.0f} x",
                 f"{booking['normal'] / site.limit:.1%}", "", 0])
    table(["kind", "full blocks", "transactions", "credits a block", "credits a second",
           "of transfers", "of batches", "filled", "ended by", "slots missed"], rows)
    say()
    rows = []
    for kind in kinds:
        took = sum(block["took"] for block in kind.blocks)
        rows.append([
            kind.name, f"{kind.declared / kind.credits / 10**6:,.0f}", f"{kind.used():,.0f}",
            f"{plain.used() / kind.used():.2f} x", f"{kind.length / kind.credits:,.0f}",
            f"{took / len(kind.blocks):,.0f}", f"{1_000 * took / kind.sums()[0]:,.0f}",
            f"{10**6 * kind.cpu / kind.all_credits:,.0f}", kind.partial])
    table(["kind", "declared us", "used us", "of transfers", "bytes", "ms to make a block",
           "us to make", "CPU us", "not full"], rows)
    claims = next(kind for kind in kinds if kind.name == "claim")
    held = claims.rate() >= 0.8 * plain.rate()
    say(f"\n  Claims one by one reach {claims.rate() / plain.rate():.2f} of transfers:"
        f" {'at least' if held else 'NOT'} the 0.8 that is wanted.")
    say(f"  {site.roomless} blocks had no room for transactions, since a session began in them, and"
        f" are left out: one of {site.runtime.constants['Babe.EpochDuration']}.")
    say(f"  Node: {site.memory} MB before, {site.resident()} MB after. {os.cpu_count()} cores; load"
        f" {min(site.loads):.1f} to {max(site.loads):.1f} at the rows' beginnings, and now:")
    say("  " + subprocess.run(["uptime"], capture_output=True, text=True).stdout.strip())


def story(site):
    site.begin()
    booking = site.book()
    step(f"{ROUNDS} rounds, {site.options.blocks} full blocks or more a row: credits of each block")
    kinds = [
        Kind("transfer to nobody yet", 1, 0, site.transfer),
        Kind("claim", 1, 1, site.claim),
        Kind("batch_all of 64 transfers", MANY, 0, site.batch),
        Kind("claim_many of 64", MANY, MANY, site.claim_many),
        Kind("transfer to whoever exists", 1, 0, site.transfer_known),
        Kind("pay_page of 256", PAGE, PAGE, site.pay_page),
        Kind("claim_free", 1, 1, site.claim_free),
    ]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for turn in range(ROUNDS):
            for kind in kinds[::-1] if turn % 2 else kinds:
                site.measure(kind, pool)
    site.check()
    report(site, kinds, booking)


def use_libraries():
    """Goes on in the environment that has PyNaCl and scalecodec, if this one does not."""
    if find_spec("nacl") and find_spec("scalecodec"):
        return
    for python in sorted((CACHE / "wallets").glob("*/substrate-interface/bin/python")):
        if python.parents[2].joinpath("complete").exists() and AGAIN not in os.environ:
            os.execve(python, [str(python), *sys.argv], os.environ | {AGAIN: "1"})
    sys.exit("error: PyNaCl and scalecodec are missing: run ./scripts/wallets.sh --install, and"
             " then this again")


def between(least, most):
    def number(text):
        with suppress(ValueError):
            if least <= int(text) <= most:
                return int(text)
        raise argparse.ArgumentTypeError(f"give a whole number from {least:,} to {most:,}")
    return number


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    built = Path(os.environ.get("GUERDON_TARGET_DIR") or CACHE / "target")
    parser.add_argument("--members", type=between(1_024, 1 << 22), default=1 << 18,
                        help="how many members there are to pay (default: 262,144)")
    parser.add_argument("--blocks", type=between(1, 100), default=6,
                        help="full blocks of each row and round (default: 6)")
    parser.add_argument("--node", type=Path, default=built / "release" / "guerdon-node",
                        help="the program")
    parser.add_argument("--keep", action="store_true",
                        help="keep the chain and the node's log, and say where")
    options = parser.parse_args()
    if not options.node.is_file() or not os.access(options.node, os.X_OK):
        sys.exit(f"error: {options.node} is no program: build it with cargo build --release"
                 " -p guerdon-node, or say with --node where it is")
    options.node = options.node.resolve()
    use_libraries()
    from chain import Unreachable, Unusable
    failed = None
    try:
        site = Site(options)
    except Failed as error:
        sys.exit(f"error: {error}")

    def interrupted(number, _):
        ignore_signals()
        site.abandon()
        sys.exit(128 + number)

    for number in SIGNALS:
        signal.signal(number, interrupted)
    try:
        story(site)
    except (Failed, OSError, Unreachable, Unusable) as error:
        failed = error
    finally:
        ignore_signals()
        site.stop()
        if options.keep:
            say(f"\nThe chain and the node's log are kept in {site.home}.")
        else:
            logs = site.keep_logs() if failed else None
            site.clean(logs)
    if failed:
        where = "" if options.keep else f"\nThe node's log is in {logs}."
        sys.exit(f"error: {failed}{where}")


if __name__ == "__main__":
    main()
