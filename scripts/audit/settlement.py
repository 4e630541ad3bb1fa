"""The pot: purses, pools, their trees, every claim, and what is owed.

Written from pallets/settlement/README.md."""

from collections import Counter, defaultdict

from allowed import IN_ASSET, Allowed
from balances import POT, TREASURY
from cohorts import LICENCES, Cohorts
from encoding import tohex
from ledger import ROLES
from shares import divide, leaf, payee_bytes, split, tree

CHECK, POOLS, CLAIMS, BOOKS = "purses", "pools and their trees", "claims", "books of runs"
FREE, EXPIRY = "claims without a fee", "pools that expired"
PURSES = ("Budget", "Licence", "Bond", "Tip")
TOTALS = ("funded", "paid", "escrow", "dues")
#: Leaves whose claimed bits share a page.
PAGE = 2_048
#: docs/deposits-and-fees.md: items that one call removes.
MAX_CLEANED = 256


class Pool:
    def __init__(self, run, role, leaves, funded, number, names, until=None, asset=None):
        """`names`: the lists that the leaves of datasets can name, None for an account; `until`:
        the last block in which it can be claimed for sure, None for ever."""
        self.until = until
        #: What went to the treasury when it expired, None before, and what was removed since.
        self.expired, self.removed = None, 0
        self.run, self.role, self.asset, self.funded, self.paid = run, role, asset, funded, 0
        self.number, self.accounts = number, [payee for _, payee, _ in leaves]
        self.weights = [weight for _, _, weight in leaves]
        #: Of each leaf whom it can pay: more than one until it is seen which.
        self.payees = [
            [{"Account": payee} if name is None else {"Pool": name}
             for name in (names.get(which) if weight else None) or [None]]
            for (_, which), payee, weight in leaves]
        self.due = divide(funded, self.weights)
        self.claimed = set()

    def payee(self, index, given):
        """Whom a leaf pays; where it is not known yet, what was given decides."""
        possible = self.payees[index]
        if len(possible) > 1:
            possible = [each for each in possible if payee_bytes(each) in given] or possible
            self.payees[index] = possible[:1]
        return possible[0]

    def may_name(self, index):
        return any("Pool" in payee for payee in self.payees[index])

    def kept(self):
        """The fewest and the most items that are kept to know what was claimed and whom it paid."""
        pages = len({index // PAGE for index in self.claimed})
        lists = [["Pool" in payee for payee in payees] for payees in self.payees]
        return pages + sum(map(all, lists)), pages + sum(map(any, lists))

    def summary(self):
        root, total = tree([leaf(self.number, index, payees[0], weight) for index, (
            payees, weight) in enumerate(zip(self.payees, self.weights))])
        return tohex(root), total, len(self.weights)


class Books:
    def __init__(self):
        self.deposited = dict.fromkeys(PURSES, 0)
        self.paid = self.claimable = self.returned = self.released = 0


class Settlement(Allowed, Cohorts):
    """What is kept by asset counts GRD as None."""

    IGNORED = ()

    def __init__(self, world, allowed=()):
        self.world, self.report = world, world.report
        self.purses = defaultdict(lambda: dict.fromkeys(PURSES, 0))
        #: By run and asset; by number; by account, run and asset.
        self.books, self.pools, self.dues = {}, {}, {}
        #: What settling runs still have to do: pools to be funded, licences to be paid.
        self.to_fund, self.licences, self.done = {}, {}, set()
        #: By asset.
        self.funded, self.paid = Counter(), Counter()
        #: What claims without a fee weighed in this block, and the last block with one.
        self.lane, self.last_free = {}, None
        self.begin_allowed(allowed)
        self.begin_members()
        self.begin_extrinsic()

    def begin_extrinsic(self):
        #: What left purses and is not explained yet, by run, purse and account.
        self.released = defaultdict(int)

    def end_extrinsic(self):
        for (run, purse, to), amount in self.released.items():
            self.report.equal(CHECK, f"{purse} of run {run} released to {to} for nothing",
                              amount, 0)
        for run, pools in self.to_fund.items():
            for role, amount in pools.items():
                self.report.differ(POOLS, f"run {run}: no pool of {amount} for {role}")
        self.to_fund = {}
        self.explain([])
        if self.world.calls.free:
            self.end_free()
        self.begin_extrinsic()

    def held(self, run, purse):
        return self.purses[run][purse]

    def take(self, run, purse, amount):
        self.purses[run][purse] -= amount
        self.report.holds(CHECK, f"{purse} of run {run} holds {self.purses[run][purse]}",
                          self.purses[run][purse] >= 0)

    def escrow(self, asset, run=None):
        """What the purses hold that are in an asset, of one run or of all."""
        runs = self.purses if run is None else {run} & {*self.purses}
        return sum(amount for each in runs for purse, amount in self.purses[each].items()
                   if self.asset_of(each, purse) == asset)

    def owed(self, asset):
        """What the pot owes to anybody."""
        return self.escrow(asset) + self.funded[asset] - self.paid[asset] + self.due(asset)

    def due(self, asset):
        """What waits for accounts that could not receive it, and for members."""
        waiting = [amount for *_, amount in self.waiting.values()] if asset is None else []
        return sum(waiting) + sum(amount for (_, _, of), amount in self.dues.items()
                                  if of == asset)

    def pay(self, to, amount, asset):
        self.money(asset).expect_transfer(POT, to, amount)

    # Purses

    def on_deposited(self, it):
        run, purse = it["run"], it["purse"]
        self.report.holds(CHECK, f"deposit into run {run}, which is being settled",
                          run not in self.licences and run not in self.done)
        if purse in IN_ASSET:
            self.paid_in.setdefault(run, it["asset"])
        self.in_asset(run, purse, it["asset"])
        books = self.books.setdefault((run, it["asset"]), Books())
        books.deposited[purse] += it["amount"]
        self.purses[run][purse] += it["amount"]
        self.money(it["asset"]).expect_transfer(it["from"], POT, it["amount"])

    def in_asset(self, run, purse, asset):
        self.report.equal(CHECK, f"what {purse} of run {run} is in", asset,
                          self.asset_of(run, purse))

    def on_released(self, it):
        self.in_asset(it["run"], it["purse"], it["asset"])
        self.take(it["run"], it["purse"], it["amount"])
        self.books[it["run"], it["asset"]].released += it["amount"]
        self.released[it["run"], it["purse"], it["to"]] += it["amount"]
        self.pay(it["to"], it["amount"], it["asset"])

    def released_for(self, run, purse, to, amount):
        """Explains what left a purse."""
        self.released[run, purse, to] -= amount
        if self.released[run, purse, to] == 0:
            del self.released[run, purse, to]

    def cancelled(self, run, sponsor, fees):
        """Everything went back but for the kill fees."""
        for purse in PURSES:
            left = self.held(run, purse)
            self.report.equal(CHECK, f"what stays of {purse} of run {run}, which is cancelled",
                              left, fees if purse == "Budget" else 0)
            back = self.released.get((run, purse, sponsor), 0)
            self.released_for(run, purse, sponsor, back)

    def on_owed(self, it):
        """What an account cannot receive, since it does not exist and the amount would not make it,
        or what the pot cannot pay of an asset."""
        run, to, amount, asset = it["run"], it["to"], it["amount"], it["asset"]
        (cause, what), = (it["cause"].items() if isinstance(it["cause"], dict)
                          else [(it["cause"], None)])
        self.report.holds(CHECK, f"{to} is owed {amount}, which it could receive",
                          not self.can_pay(asset, to, amount))
        key = to, run, asset
        self.dues[key] = self.dues.get(key, 0) + amount
        self.books[run, asset].claimable += amount
        if cause == "Licence":
            self.in_asset(run, "Licence", asset)
            if not self.instead(run, what, to, amount):
                self.licence(run, what, to, amount)
        elif cause == "Return":
            self.rest(run, to, amount, asset)
        else:
            self.in_asset(run, what, asset)
            self.take(run, what, amount)
            self.released[run, what, to] += amount

    # Settling

    def settling(self, run):
        """What a run's settlement comes to, worked out when it first moves money."""
        if run in self.licences or run in self.done:
            return
        it, ledger = self.world.runs.runs[run], self.world.ledger
        self.report.equal(POOLS, f"state of run {run}, which is divided", it.state, "Settling")
        budget, pools = self.held(run, "Budget"), {}
        work = ledger.units(run, "Trainer") + ledger.units(run, "User")
        for role, share in zip(ROLES, divide(budget, it.plan["split_ppm"])):
            if ledger.weight(run, role) == 0:
                continue
            planned = it.units[role]
            done = work if role == "Attestor" else ledger.units(run, role)
            if planned > done:
                share = split(share, done, planned - done)[0]
            pools[role] = share
        if it.revealed is False and "DataProvider" in pools:
            bond = self.held(run, "Bond")
            self.take(run, "Bond", bond)
            self.take(run, "Budget", -bond)
            pools["DataProvider"] += bond
        self.to_fund[run] = pools
        self.licences[run] = [(dataset, use.payout, use.vested) for dataset, use in it.vested()
                              if use.vested > 0 and use.payout != POT]

    def on_pool_funded(self, it):
        run, role, number, amount = it["run"], it["role"], it["pool"], it["amount"]
        self.settling(run)
        self.report.equal(POOLS, f"pool of run {run} for {role}", amount,
                          self.to_fund.get(run, {}).pop(role, None))
        self.report.holds(POOLS, f"pool {number} is funded again",
                          number not in self.pools and number not in self.shares)
        leaves = self.world.ledger.leaves(run, role)
        names = self.names.pop(run, {}) if role == "DataProvider" else {}
        # Older runtimes keep pools for ever.
        window = self.world.constants.get("Settlement.ClaimWindow")
        until = None if window is None else self.world.now + window
        asset = self.paid_in.get(run)
        self.report.equal(POOLS, f"what pool {number} is in", it["asset"], asset)
        pool = self.pools[number] = Pool(run, role, leaves, amount, number, names, until, asset)
        self.report.equal(POOLS, f"sum of the shares of pool {number}", sum(pool.due), amount)
        self.take(run, "Budget", amount)
        self.funded[asset] += amount
        self.books[run, asset].claimable += amount

    def next_licence(self, run):
        """Dataset, payee and amount of the payment that is due next."""
        self.settling(run)
        return self.licences[run].pop(0) if self.licences.get(run) else None

    def licence(self, run, dataset, payee, amount):
        self.report.equal(LICENCES, f"licence payment of run {run}", (dataset, payee, amount),
                          self.next_licence(run))
        self.report.equal(LICENCES, f"list that the licence of dataset {dataset} waits for", None,
                          self.named(dataset)[1])
        self.take(run, "Licence", amount)

    def on_licence_paid(self, it):
        payment = it["run"], it["dataset"], it["payee"], it["amount"]
        if not self.instead(*payment):
            self.licence(*payment)
        self.books[it["run"], None].paid += it["amount"]
        self.pay(it["payee"], it["amount"], None)

    def rest(self, run, to, amount, asset):
        self.settling(run)
        self.report.equal(CHECK, f"licences of run {run} not paid yet", self.licences.get(run), [])
        self.report.equal(CHECK, f"what returns of run {run}", (to, amount),
                          (self.world.runs.runs[run].sponsor, self.escrow(asset, run)))
        for purse in PURSES:
            if self.asset_of(run, purse) == asset:
                self.take(run, purse, self.held(run, purse))

    def on_returned(self, it):
        self.rest(it["run"], it["to"], it["amount"], it["asset"])
        self.books[it["run"], it["asset"]].returned += it["amount"]
        self.pay(it["to"], it["amount"], it["asset"])

    def settled(self, run):
        self.settling(run)
        self.report.equal(CHECK, f"licences of run {run} not paid", self.licences.pop(run, []), [])
        self.report.equal(CHECK, f"purses of run {run}, which is settled", self.purses.pop(run),
                          dict.fromkeys(PURSES, 0))
        self.names.pop(run, None)
        self.done.add(run)

    # Claims

    def leaf_paid(self, it):
        """Books a leaf of a run as paid, once, and answers whom it pays."""
        number, index = it["pool"], it["index"]
        pool = self.pools.get(number)
        if not self.report.holds(CLAIMS, f"pool {number} has no leaf {index}",
                                 pool is not None and 0 <= index < len(pool.due)):
            raise self.world.Lost
        self.report.holds(CLAIMS, f"leaf {index} of pool {number} is paid again",
                          index not in pool.claimed)
        self.report.equal(CLAIMS, f"leaf {index} of pool {number}",
                          (it["run"], it["role"], it["amount"], it["asset"]),
                          (pool.run, pool.role, pool.due[index], pool.asset))
        self.report.holds(CLAIMS, f"leaf {index} of pool {number} is paid, which expired",
                          pool.expired is None)
        pool.claimed.add(index)
        self.left_pool(pool, it["amount"])
        return pool.payee(index, self.given(it))

    def left_pool(self, pool, amount):
        pool.paid += amount
        self.paid[pool.asset] += amount
        books = self.books[pool.run, pool.asset]
        books.claimable -= amount
        books.paid += amount

    def on_claimed(self, it):
        """Where it pays a list that was given up, the account of the table is paid instead."""
        payee, account = self.leaf_paid(it), self.pools[it["pool"]].accounts[it["index"]]
        what = f"leaf {it['index']} of pool {it['pool']}"
        self.report.holds(CLAIMS, f"{what} pays an account, and {payee} was not given up",
                          payee.get("Pool") is None or payee["Pool"] in self.abandoned)
        self.report.equal(CLAIMS, f"payee of {what}", it["payee"], account)
        self.pay(it["payee"], it["amount"], it["asset"])
        self.paid_free(it)

    def on_claim_refused(self, it):
        """A refusal moves nothing; that the leaf is not paid after all is seen at the end."""

    def on_due_claimed(self, it):
        run, payee, amount, asset = it["run"], it["payee"], it["amount"], it["asset"]
        self.report.equal(CLAIMS, f"due of {payee} out of run {run}", amount,
                          self.dues.pop((payee, run, asset), None))
        self.books[run, asset].claimable -= amount
        self.books[run, asset].paid += amount
        self.pay(payee, amount, asset)

    # Claims without a fee

    def paid_free(self, it):
        """Nobody signs for, and nobody pays for, what is enough for a payee without GRD."""
        if not self.world.calls.free:
            return
        self.asked("claim_free", None, it, lambda given: (
            given["pool"], given["index"]) == (it["pool"], it["index"]))
        self.report.holds(FREE, f"{it['amount']} for {it['payee']} is too little",
                          it["amount"] >= self.least_free(it["asset"]))
        self.world.later(self.had_no_grd, it)

    def end_free(self):
        if self.world.dispatched is None:
            return
        for kind, weight in self.world.dispatched["weight"].items():
            self.lane[kind] = self.lane.get(kind, 0) + weight
        if self.world.succeeded:
            self.last_free = self.world.now
        paid = not self.world.calls.every("Settlement", "claim_free")
        self.report.equal(FREE, "whether a claim that succeeded, or not, was paid", paid,
                          self.world.succeeded)

    def had_no_grd(self, it):
        """It has no GRD but what it was paid. What it has of assets pays no fee."""
        payee, paid = it["payee"], 0 if it["asset"] is not None else it["amount"]
        self.report.equal(FREE, f"GRD of {payee}, which had none",
                          self.world.balances.all_of(payee), paid)

    # What nobody claimed

    def on_pool_expired(self, it):
        number, amount = it["pool"], it["amount"]
        pool = self.pools.get(number)
        self.asked("expire", None, it, lambda given: given["pool"] == number)
        if not self.report.holds(EXPIRY, f"there is no pool {number} that can expire",
                                 pool is not None and pool.expired is None):
            return
        self.report.holds(EXPIRY, f"pool {number} can be claimed until block {pool.until}",
                          pool.until is not None and self.world.now > pool.until)
        self.report.equal(EXPIRY, f"what is left of pool {number}",
                          (it["run"], it["role"], amount, it["asset"]),
                          (pool.run, pool.role, pool.funded - pool.paid, pool.asset))
        pool.expired = amount
        self.left_pool(pool, amount)
        self.pay(TREASURY, amount, pool.asset)

    def on_pool_cleaned(self, it):
        """So much is removed as was asked for, or all."""
        number, removed = it["pool"], it["removed"]
        pool = self.pools.get(number)
        if not self.report.holds(EXPIRY, f"pool {number}, which is cleaned, did not expire",
                                 pool is not None and pool.expired is not None):
            return
        least, most = (kept - pool.removed for kept in pool.kept())
        self.report.holds(EXPIRY, f"{removed} items of pool {number} are removed, of {most}",
                          0 < removed <= min(MAX_CLEANED, most))
        self.asked("clean", None, it, lambda given: (
            given["pool"] == number
            and min(given["limit"], MAX_CLEANED, least) <= removed <= given["limit"]))
        pool.removed += removed

    # Blocks, and the end of the chain

    def end_block(self):
        for asset in (None, *self.world.assets.assets):
            money, what = self.money(asset), "" if asset is None else f" in asset {asset}"
            self.report.equal("the pot", f"free balance of the pot{what}", money.free.get(POT, 0),
                              self.needed(asset) + money.surplus)
        for kind, weight in self.lane.items():
            limit = self.constant("FreeLane")[kind]
            self.report.holds(FREE, f"{kind} of them is {weight} in one block, of {limit}",
                              weight <= limit)
        self.lane = {}

    def finish(self, state):
        equal = self.report.equal
        for (run, asset), books in self.books.items():
            equal(BOOKS, f"paid + claimable + escrow + returned + released of {of(run, asset)}",
                  books.paid + books.claimable + self.escrow(asset, run) + books.returned
                  + books.released, sum(books.deposited.values()))
        stored = dict(state.items("Settlement", "Books"))
        for run, asset in {**stored, **self.books}:
            # A run that is paid in an asset has books of GRD too, as soon as it is settled.
            books = self.books.get((run, asset), Books())
            equal(BOOKS, f"books of {of(run, asset)}", stored.get((run, asset)), {
                **{f"{purse.lower()}_in": books.deposited[purse] for purse in PURSES},
                "paid": books.paid, "claimable": books.claimable,
                "escrow": self.escrow(asset, run), "returned": books.returned,
                "released": books.released})
        escrows = {number: it for (number,), it in state.items("Settlement", "Escrows")}
        for number in {**escrows, **self.purses}:
            found = escrows.get(number, {purse.lower(): 0 for purse in PURSES})
            equal(CHECK, f"purses of run {number}", found,
                  {purse.lower(): self.purses[number][purse] for purse in PURSES})
        # They are stored from the first run on.
        stored = {asset: it for (asset,), it in state.items("Settlement", "Total")}
        for asset in {**stored, **self.funded, **self.paid, None: 0}:
            equal(BOOKS, f"sums over all runs{of(None, asset)}",
                  stored.get(asset, dict.fromkeys(TOTALS, 0)), dict(zip(TOTALS, (
                      self.funded[asset], self.paid[asset], self.escrow(asset), self.due(asset)))))
        equal(CLAIMS, "what is owed", {(who, run, asset): amount for (who, (run, asset)), amount
                                       in state.items("Settlement", "Dues")}, self.dues)
        if "Settlement.FreeLane" in self.world.constants:
            last = state.value("Settlement", "FreeClaims")
            equal(FREE, "last block with one", last and last[0], self.last_free)
        self.finish_allowed(state)
        self.finish_members(state)
        self.finish_pools(state)

    def finish_pools(self, state):
        equal, complete, numbers = self.report.equal, set(), {*self.cohorts, *self.abandoned}
        numbers |= {*self.shares}
        claimed, pages = defaultdict(set), defaultdict(set)
        for (number, page), bits in state.items("Settlement", "ClaimedPages"):
            claimed[number] |= {page * PAGE + bit for bit in bits_of(bits)}
            pages[number].add(page)
        for (number,), it in state.items("Settlement", "Pools"):
            numbers.add(number)
            (kind, summary), = it["state"].items()
            if kind == "Building":
                equal(POOLS, f"money in pool {number}, which is being built",
                      (it["funded"], it["paid"]), (0, 0))
                continue
            complete.add(number)
            pool = self.pools.get(number)
            if not self.report.holds(POOLS, f"pool {number} was never funded", pool is not None):
                continue
            root, total, count = pool.summary()
            # Whom a leaf pays is not known any more if it was neither claimed nor kept.
            if all(len(payees) == 1 for payees in pool.payees):
                equal(POOLS, f"root of pool {number}", summary["root"], root)
            equal(POOLS, f"sum and leaves of pool {number}", (summary["sum"], summary["count"]),
                  (total, count))
            equal(POOLS, f"pool {number}",
                  [kind, *[it[field] for field in ("run", "role", "asset", "funded", "paid")]],
                  ["Sealed" if pool.expired is None else "Closed",
                   pool.run, pool.role, pool.asset, pool.funded, pool.paid])
            for index in {*range(len(pool.due)), *claimed[number]}:
                if not pool.removed or index // PAGE in pages[number]:
                    equal(CLAIMS, f"whether leaf {index} of pool {number} is paid",
                          index in claimed[number], index in pool.claimed)
            equal(CLAIMS, f"paid leaves of pool {number} together, and what nobody claimed",
                  sum(pool.due[index] for index in pool.claimed) + (pool.expired or 0), it["paid"])
        equal(POOLS, "complete pools", sorted(complete), sorted(self.pools))
        equal(POOLS, "numbers of pools and lists", sorted(numbers), [*range(len(numbers))])
        self.finish_expiries(state, pages)

    def finish_expiries(self, state, pages):
        """Until when pools can be claimed, and what is left of those that expired."""
        if "Settlement.ClaimWindow" not in self.world.constants:
            return
        self.report.equal(EXPIRY, "until when pools can be claimed",
                          {number: until for (number,), until
                           in state.items("Settlement", "Expiries")},
                          {number: pool.until for number, pool in self.pools.items()
                           if pool.expired is None and pool.until is not None})
        lists = Counter(number for (number, _), _ in state.items("Settlement", "ListLeaves"))
        for number, pool in self.pools.items():
            if pool.removed:
                least, most = (kept - pool.removed for kept in pool.kept())
                found = len(pages[number]) + lists[number]
                self.report.holds(EXPIRY, f"pool {number} keeps {found} items, and {pool.removed}"
                                  " were removed", least <= found <= most)


def of(run, asset):
    """Whose books these are, to be told."""
    return ("" if run is None else f"run {run}") + ("" if asset is None else f" in asset {asset}")


def bits_of(shown):
    data = bytes.fromhex(shown.removeprefix("0x"))
    return [8 * place + bit for place, byte in enumerate(data) for bit in range(8)
            if byte >> bit & 1]
