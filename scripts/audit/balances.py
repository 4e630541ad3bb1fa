"""Every account's money, from genesis through every event of Balances, and every fee.

What other pallets tell of money is compared with this: `deposits` of what should be on hold, and
`expect_*` of what should have been transferred or taken."""

from collections import defaultdict

from encoding import pallet_account
from moves import CHECK as MOVES, Moves
from shares import penalty

#: docs/deposits-and-fees.md: for each byte of a transaction.
FEE_PER_BYTE = 250_000
#: One in the fixed point of the fee multiplier.
FIXED = 10**18
POT = pallet_account(b"guerdon/")
TREASURY = pallet_account(b"grd/trsy")
NAMES = {POT: "the pot", TREASURY: "the treasury"}
#: Whose deposits and bonds are checked against what they are for.
OURS = ("Datasets.", "Attestors.", "Training.", "Settlement.")


class Balances:
    #: They move nothing.
    IGNORED = ("Locked", "Unlocked", "Frozen", "Thawed", "Upgraded")

    def __init__(self, world, accounts=(), issuance=0):
        self.world, self.report = world, world.report
        self.free = {who: account["data"]["free"] for (who,), account in accounts}
        self.held = defaultdict(int)
        self.reserved = defaultdict(int)
        self.issuance = issuance
        self.total = sum(self.free.values())
        #: Withdrawn and not put anywhere yet.
        self.afloat = 0
        #: What `force_adjust_total_issuance` took the issuance away from the accounts' sum.
        self.forced = 0
        self.endowed = {}
        #: Holds that changed in this block.
        self.touched = set()
        self.deposits = defaultdict(int)
        #: What strangers gave to the pot.
        self.surplus = 0
        self.moves = Moves(self.report, NAMES)
        for (who,), account in accounts:
            self.report.equal("genesis", f"what is held of {who}", account["data"]["reserved"], 0)
        self.report.equal("genesis", "total issuance", self.total, issuance)
        self.begin_extrinsic()

    # Changes

    def add(self, who, amount):
        before = self.free.get(who, 0)
        self.free[who] = before + amount
        self.total += amount
        if self.free[who] < 0:
            self.report.differ("balances", f"{who} paid {-self.free[who]} more than it had")
        if amount > 0 and who in self.endowed:
            self.report.equal("balances", f"{who} was endowed", self.endowed.pop(who),
                              self.free[who])
        if self.free[who] == 0:
            del self.free[who]

    def hold(self, reason, who, amount):
        self.held[who, reason] += amount
        self.touched.add((who, reason))
        self.total += amount
        if self.held[who, reason] < 0:
            self.report.differ("balances", f"{who} has less than nothing on hold as {reason}")
        if self.held[who, reason] == 0:
            del self.held[who, reason]

    def reserve(self, who, amount):
        self.reserved[who] += amount
        self.total += amount
        if self.reserved[who] < 0:
            self.report.differ("balances", f"{who} has less than nothing reserved")
        if self.reserved[who] == 0:
            del self.reserved[who]

    def all_of(self, who):
        """What an account has, on hold or not."""
        return self.free.get(who, 0) + self.reserved.get(who, 0) + sum(
            amount for (each, _), amount in self.held.items() if each == who)

    def mint(self, amount):
        self.issuance += amount

    # What others expect

    def deposit(self, who, reason, amount):
        """A deposit that should be on hold from now on; below zero, no more."""
        self.deposits[who, reason] += amount
        self.touched.add((who, reason))
        if self.deposits[who, reason] == 0:
            del self.deposits[who, reason]

    def expect_transfer(self, source, to, amount):
        self.moves.expect(source, to, amount)

    def expect_taking(self, reason, who, amount, parts, reporter=None):
        """A penalty; answers what is burnt, what the treasury gets, and what the reporter gets."""
        deposit = self.world.constants["Balances.ExistentialDeposit"]

        def receives(account, share):
            return share == 0 or share >= deposit or self.free.get(account, 0) > 0

        if reporter is not None and not receives(reporter, penalty(amount, parts, True)[2]):
            reporter = None
        burned, treasury, share = penalty(amount, parts, reporter is not None)
        if not receives(TREASURY, treasury):
            burned, treasury = burned + treasury, 0
        for place, taken in ((None, burned), (TREASURY, treasury), (reporter, share)):
            if taken:
                self.expected_takings[reason, who, place] += taken
        return burned, treasury, share

    # Events

    def on_transfer(self, it):
        self.add(it["from"], -it["amount"])
        self.add(it["to"], it["amount"])
        self.moves.move(it["from"], it["to"], it["amount"])

    def on_endowed(self, it):
        self.report.equal("balances", f"what {it['account']} had before it was endowed",
                          self.free.get(it["account"], 0), 0)
        self.endowed[it["account"]] = it["free_balance"]

    def on_dust_lost(self, it):
        self.add(it["account"], -it["amount"])
        self.afloat += it["amount"]

    def on_balance_set(self, it):
        change = it["free"] - self.free.get(it["who"], 0)
        self.endowed.pop(it["who"], None)
        self.add(it["who"], change)
        self.afloat -= change

    def on_reserved(self, it):
        self.add(it["who"], -it["amount"])
        self.reserve(it["who"], it["amount"])

    def on_unreserved(self, it):
        self.reserve(it["who"], -it["amount"])
        self.add(it["who"], it["amount"])

    def on_reserve_repatriated(self, it):
        self.reserve(it["from"], -it["amount"])
        give = self.reserve if it["destination_status"] == "Reserved" else self.add
        give(it["to"], it["amount"])

    def on_deposit(self, it):
        self.add(it["who"], it["amount"])
        self.afloat -= it["amount"]
        self.paid_in.append((it["who"], it["amount"]))

    def on_withdraw(self, it):
        self.add(it["who"], -it["amount"])
        self.afloat += it["amount"]
        self.withdrawn.append((it["who"], it["amount"]))

    def on_minted(self, it):
        self.add(it["who"], it["amount"])
        self.mint(it["amount"])

    def on_burned(self, it):
        self.add(it["who"], -it["amount"])
        self.mint(-it["amount"])

    on_suspended, on_restored = on_burned, on_minted

    def on_minted_credit(self, it):
        self.mint(it["amount"])
        self.afloat += it["amount"]

    def on_burned_debt(self, it):
        self.mint(-it["amount"])
        self.afloat -= it["amount"]

    on_issued, on_rescinded = on_minted_credit, on_burned_debt

    def on_total_issuance_forced(self, it):
        self.report.equal("balances", "total issuance before it was forced", it["old"],
                          self.issuance)
        self.forced += it["new"] - it["old"]
        self.issuance = it["new"]

    def on_held(self, it):
        self.add(it["who"], -it["amount"])
        self.hold(named(it["reason"]), it["who"], it["amount"])

    def on_released(self, it):
        self.hold(named(it["reason"]), it["who"], -it["amount"])
        self.add(it["who"], it["amount"])

    def on_burned_held(self, it):
        reason = named(it["reason"])
        self.hold(reason, it["who"], -it["amount"])
        self.mint(-it["amount"])
        self.takings[reason, it["who"], None] += it["amount"]

    def on_transfer_on_hold(self, it):
        """Only penalties do this, and whoever gets them can use them at once."""
        reason = named(it["reason"])
        self.hold(reason, it["source"], -it["amount"])
        self.add(it["dest"], it["amount"])
        self.takings[reason, it["source"], it["dest"]] += it["amount"]

    def on_transfer_and_hold(self, it):
        self.add(it["source"], -it["transferred"])
        self.hold(named(it["reason"]), it["dest"], it["transferred"])
        self.moves.move(it["source"], it["dest"], it["transferred"])

    # At the end of each extrinsic, of each block, and of the chain

    def begin_extrinsic(self):
        self.takings, self.expected_takings = defaultdict(int), defaultdict(int)
        self.withdrawn, self.paid_in = [], []

    def end_extrinsic(self):
        # What the pot is given beyond what is due is a gift.
        self.surplus += self.moves.end()[POT]
        for key in {**self.takings, **self.expected_takings}:
            reason, who, to = key
            to = "nobody (burnt)" if to is None else NAMES.get(to, to)
            self.report.equal("penalties", f"taken of what {who} has on hold as {reason}, for {to}",
                              self.takings[key], self.expected_takings[key])
        self.begin_extrinsic()

    def end_block(self):
        self.report.equal("issuance", "withdrawn and not put anywhere", self.afloat, 0)
        self.report.equal("issuance", "sum of all accounts", self.total,
                          self.issuance - self.forced)
        for who in self.endowed:
            self.report.differ("balances", f"{who} was endowed and got nothing")
        self.endowed.clear()
        for who, reason in self.touched:
            if reason.startswith(OURS):
                self.report.equal("deposits and bonds", f"on hold of {who} as {reason}",
                                  self.held.get((who, reason), 0),
                                  self.deposits.get((who, reason), 0))
        self.touched.clear()

    def finish(self, state):
        """Compares every account with what is stored."""
        equal, holds = self.report.equal, defaultdict(dict)
        for (who, reason), amount in self.held.items():
            holds[who][reason] = amount
        stored = {who: account["data"] for (who,), account in state.items("System", "Account")}
        for who in {**stored, **self.free, **holds, **self.reserved}:
            data = stored.get(who, {"free": 0, "reserved": 0})
            equal("free balances", f"free balance of {who}", data["free"], self.free.get(who, 0))
            kept = sum(holds.get(who, {}).values()) + self.reserved.get(who, 0)
            equal("held balances", f"what is held of {who}", data["reserved"], kept)
        kept = {who: {named(hold["id"]): hold["amount"] for hold in listed}
                for (who,), listed in state.items("Balances", "Holds")}
        for who in {**kept, **holds}:
            for reason in {**kept.get(who, {}), **holds.get(who, {})}:
                equal("holds by reason", f"what is held of {who} as {reason}",
                      kept.get(who, {}).get(reason, 0), holds.get(who, {}).get(reason, 0))
        for who, reason in {**self.held, **self.deposits}:
            if reason.startswith(OURS):
                equal("deposits and bonds", f"on hold of {who} as {reason}",
                      self.held.get((who, reason), 0), self.deposits.get((who, reason), 0))
        equal("issuance", "total issuance", state.value("Balances", "TotalIssuance") or 0,
              self.issuance)


class Fees:
    """What each signed extrinsic paid, and that the block's author got it."""

    IGNORED = ()

    def __init__(self, world):
        self.world, self.report = world, world.report
        self.begin_extrinsic()

    def begin_extrinsic(self):
        self.paid = None

    def on_transaction_fee_paid(self, it):
        if self.paid is not None:
            self.report.differ("fees", "a second fee for one extrinsic")
        self.paid = it

    def end_extrinsic(self):
        extrinsic, paid = self.world.extrinsic, self.paid
        self.begin_extrinsic()
        if extrinsic is None or not extrinsic["signer"]:
            if paid is not None:
                self.report.differ("fees", f"{paid['who']} paid one for what it did not sign")
            if extrinsic is not None:
                self.report.equal("fees", "who was charged for what nobody signed",
                                  self.world.balances.withdrawn, [])
            return
        if not self.report.holds("fees", f"none of {extrinsic['signer']}", paid is not None):
            return
        equal, who, fee = self.report.equal, paid["who"], paid["actual_fee"]
        equal("fees", "who paid", who, extrinsic["signer"])
        equal("fees", f"tip of {who}", paid["tip"], extrinsic["tip"])
        equal("fees", f"fee of {who}", fee, self.due(extrinsic))
        balances = self.world.balances
        first = sum(amount for _, amount in balances.withdrawn)
        equal("fees", "who was charged", {each for each, _ in balances.withdrawn} - {who}, set())
        back = [(who, first - fee)] if first != fee else []
        given = [(self.world.author, fee)] if fee else []
        equal("fees", f"what became of the {first} that {who} was charged", balances.paid_in,
              back + given)

    def due(self, extrinsic):
        """docs/deposits-and-fees.md: base + bytes + weight x multiplier + tip."""
        info = self.world.dispatched
        if info is None:
            return None
        if info["pays_fee"] == "No":
            return extrinsic["tip"]
        base = self.world.constants["System.BlockWeights"]["per_class"]
        base = base[info["class"].lower()]["base_extrinsic"]["ref_time"]
        weight = info["weight"]["ref_time"] - base
        return (base + extrinsic["length"] * FEE_PER_BYTE
                + weight * self.world.multiplier // FIXED + extrinsic["tip"])


class Treasury:
    """What the council spends."""

    IGNORED = ("Deposit", "Spending", "Rollover", "UpdatedInactive", "AssetSpendVoided",
               "SpendProcessed", "PaymentFailed")

    def __init__(self, world):
        self.world, self.spends = world, {}

    def on_asset_spend_approved(self, it):
        self.world.report.holds(MOVES, f"spend {it['index']} was approved again",
                                it["index"] not in self.spends)
        self.spends[it["index"]] = it["beneficiary"], it["amount"]

    def on_paid(self, it):
        known = self.spends.pop(it["index"], None)
        if self.world.report.holds(MOVES, f"spend {it['index']} was not approved",
                                   known is not None):
            self.world.balances.expect_transfer(TREASURY, *known)


def named(reason):
    """A hold's reason as one word."""
    (pallet, what), = reason.items()
    return f"{pallet}.{what}"
