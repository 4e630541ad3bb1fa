"""The pot: purses, pools, their trees, every claim, and what is owed.

Written from pallets/settlement/README.md."""

from collections import defaultdict

from balances import POT
from cohorts import LICENCES, Cohorts
from encoding import tohex
from ledger import ROLES
from shares import divide, leaf, payee_bytes, split, tree

CHECK, POOLS, CLAIMS, BOOKS = "purses", "pools and their trees", "claims", "books of runs"
PURSES = ("Budget", "Licence", "Bond", "Tip")
TOTALS = ("funded", "paid", "escrow", "dues")
#: Leaves whose claimed bits share a page.
PAGE = 2_048


class Pool:
    def __init__(self, run, role, leaves, funded, number, names):
        """`names`: the lists that the leaves of datasets can name, None for an account."""
        self.run, self.role, self.funded, self.paid = run, role, funded, 0
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

    def summary(self):
        root, total = tree([leaf(self.number, index, payees[0], weight) for index, (
            payees, weight) in enumerate(zip(self.payees, self.weights))])
        return tohex(root), total, len(self.weights)


class Books:
    def __init__(self):
        self.deposited = dict.fromkeys(PURSES, 0)
        self.paid = self.claimable = self.returned = self.released = 0


class Settlement(Cohorts):
    IGNORED = ()

    def __init__(self, world):
        self.world, self.report = world, world.report
        self.purses = defaultdict(lambda: dict.fromkeys(PURSES, 0))
        self.books, self.pools, self.dues = {}, {}, {}
        #: What settling runs still have to do: pools to be funded, licences to be paid.
        self.to_fund, self.licences, self.done = {}, {}, set()
        self.funded = self.paid = 0
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
        self.begin_extrinsic()

    def held(self, run, purse):
        return self.purses[run][purse]

    def take(self, run, purse, amount):
        self.purses[run][purse] -= amount
        self.report.holds(CHECK, f"{purse} of run {run} holds {self.purses[run][purse]}",
                          self.purses[run][purse] >= 0)

    def owed(self):
        """What the pot owes to anybody."""
        purses = sum(sum(purses.values()) for purses in self.purses.values())
        return purses + self.funded - self.paid + self.due()

    def due(self):
        """What waits for accounts that could not receive it, and for members."""
        return sum(self.dues.values()) + sum(amount for *_, amount in self.waiting.values())

    def pay(self, to, amount):
        self.world.balances.expect_transfer(POT, to, amount)

    # Purses

    def on_deposited(self, it):
        run, purse = it["run"], it["purse"]
        self.report.holds(CHECK, f"deposit into run {run}, which is being settled",
                          run not in self.licences and run not in self.done)
        books = self.books.setdefault(run, Books())
        books.deposited[purse] += it["amount"]
        self.purses[run][purse] += it["amount"]
        self.world.balances.expect_transfer(it["from"], POT, it["amount"])

    def on_released(self, it):
        self.take(it["run"], it["purse"], it["amount"])
        self.books[it["run"]].released += it["amount"]
        self.released[it["run"], it["purse"], it["to"]] += it["amount"]
        self.pay(it["to"], it["amount"])

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
        """What an account cannot receive: it does not exist, and the amount would not make it."""
        run, to, amount = it["run"], it["to"], it["amount"]
        (cause, what), = (it["cause"].items() if isinstance(it["cause"], dict)
                          else [(it["cause"], None)])
        balances = self.world.balances
        self.report.holds(CHECK, f"{to} is owed {amount}, which it could receive",
                          to not in balances.free
                          and amount < self.world.constants["Balances.ExistentialDeposit"])
        self.dues[to, run] = self.dues.get((to, run), 0) + amount
        self.books[run].claimable += amount
        if cause == "Licence":
            if not self.instead(run, what, to, amount):
                self.licence(run, what, to, amount)
        elif cause == "Return":
            self.rest(run, to, amount)
        else:
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
        self.report.holds(POOLS, f"pool {number} is funded again", number not in self.pools)
        leaves = self.world.ledger.leaves(run, role)
        names = self.names.pop(run, {}) if role == "DataProvider" else {}
        pool = self.pools[number] = Pool(run, role, leaves, amount, number, names)
        self.report.equal(POOLS, f"sum of the shares of pool {number}", sum(pool.due), amount)
        self.take(run, "Budget", amount)
        self.funded += amount
        self.books[run].claimable += amount

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
        self.books[it["run"]].paid += it["amount"]
        self.pay(it["payee"], it["amount"])

    def rest(self, run, to, amount):
        self.settling(run)
        self.report.equal(CHECK, f"licences of run {run} not paid yet", self.licences.get(run), [])
        rest = sum(self.purses[run].values())
        self.report.equal(CHECK, f"what returns of run {run}", (to, amount),
                          (self.world.runs.runs[run].sponsor, rest))
        for purse in PURSES:
            self.take(run, purse, self.held(run, purse))

    def on_returned(self, it):
        self.rest(it["run"], it["to"], it["amount"])
        self.books[it["run"]].returned += it["amount"]
        self.pay(it["to"], it["amount"])

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
                          (it["run"], it["role"], it["amount"]),
                          (pool.run, pool.role, pool.due[index]))
        pool.claimed.add(index)
        pool.paid += it["amount"]
        self.paid += it["amount"]
        books = self.books[pool.run]
        books.claimable -= it["amount"]
        books.paid += it["amount"]
        return pool.payee(index, self.given(it))

    def on_claimed(self, it):
        """Where it pays a list that was given up, the account of the table is paid instead."""
        payee, account = self.leaf_paid(it), self.pools[it["pool"]].accounts[it["index"]]
        what = f"leaf {it['index']} of pool {it['pool']}"
        self.report.holds(CLAIMS, f"{what} pays an account, and {payee} was not given up",
                          payee.get("Pool") is None or payee["Pool"] in self.abandoned)
        self.report.equal(CLAIMS, f"payee of {what}", it["payee"], account)
        self.pay(it["payee"], it["amount"])

    def on_claim_refused(self, it):
        """A refusal moves nothing; that the leaf is not paid after all is seen at the end."""

    def on_due_claimed(self, it):
        run, payee, amount = it["run"], it["payee"], it["amount"]
        self.report.equal(CLAIMS, f"due of {payee} out of run {run}", amount,
                          self.dues.pop((payee, run), None))
        self.books[run].claimable -= amount
        self.books[run].paid += amount
        self.pay(payee, amount)

    # Blocks, and the end of the chain

    def end_block(self):
        deposit = self.world.constants["Balances.ExistentialDeposit"]
        balances = self.world.balances
        self.report.equal("the pot", "free balance of the pot", balances.free.get(POT, 0),
                          deposit + self.owed() + balances.surplus)

    def finish(self, state):
        equal = self.report.equal
        for number, books in self.books.items():
            escrow = sum(self.purses.get(number, {}).values())
            equal(BOOKS, f"paid + claimable + escrow + returned + released of run {number}",
                  books.paid + books.claimable + escrow + books.returned + books.released,
                  sum(books.deposited.values()))
        stored = {number: it for (number,), it in state.items("Settlement", "Books")}
        for number in {**stored, **self.books}:
            it, books = stored.get(number), self.books.get(number, Books())
            escrow = sum(self.purses.get(number, {}).values())
            equal(BOOKS, f"books of run {number}", it, {
                **{f"{purse.lower()}_in": books.deposited[purse] for purse in PURSES},
                "paid": books.paid, "claimable": books.claimable, "escrow": escrow,
                "returned": books.returned, "released": books.released})
        escrows = {number: it for (number,), it in state.items("Settlement", "Escrows")}
        for number in {**escrows, **self.purses}:
            found = escrows.get(number, {purse.lower(): 0 for purse in PURSES})
            equal(CHECK, f"purses of run {number}", found,
                  {purse.lower(): self.purses[number][purse] for purse in PURSES})
        # It is stored from the first run on.
        stored = state.value("Settlement", "Total") or dict.fromkeys(TOTALS, 0)
        escrow = sum(sum(purses.values()) for purses in self.purses.values())
        equal(BOOKS, "sums over all runs", stored, dict(zip(TOTALS, (
            self.funded, self.paid, escrow, self.due()))))
        equal(CLAIMS, "what is owed", {(who, run): amount for (who, run), amount
                                       in state.items("Settlement", "Dues")}, self.dues)
        self.finish_members(state)
        self.finish_pools(state)

    def finish_pools(self, state):
        equal, sealed, numbers = self.report.equal, set(), {*self.cohorts, *self.abandoned}
        claimed = defaultdict(set)
        for (number, page), bits in state.items("Settlement", "ClaimedPages"):
            claimed[number] |= {page * PAGE + bit for bit in bits_of(bits)}
        for (number,), it in state.items("Settlement", "Pools"):
            numbers.add(number)
            if "Building" in it["state"]:
                equal(POOLS, f"money in pool {number}, which is being built",
                      (it["funded"], it["paid"]), (0, 0))
                continue
            sealed.add(number)
            pool = self.pools.get(number)
            if not self.report.holds(POOLS, f"pool {number} was never funded", pool is not None):
                continue
            summary = it["state"]["Sealed"]
            equal(POOLS, f"root, sum and leaves of pool {number}",
                  (summary["root"], summary["sum"], summary["count"]),
                  pool.summary())
            equal(POOLS, f"pool {number}",
                  [it[field] for field in ("run", "role", "funded", "paid")],
                  [pool.run, pool.role, pool.funded, pool.paid])
            for index in {*range(len(pool.due)), *claimed[number]}:
                equal(CLAIMS, f"whether leaf {index} of pool {number} is paid",
                      index in claimed[number], index in pool.claimed)
            equal(CLAIMS, f"paid leaves of pool {number} together",
                  sum(pool.due[index] for index in pool.claimed), it["paid"])
        equal(POOLS, "sealed pools", sorted(sealed), sorted(self.pools))
        equal(POOLS, "numbers of pools and lists", sorted(numbers), [*range(len(numbers))])


def bits_of(shown):
    data = bytes.fromhex(shown.removeprefix("0x"))
    return [8 * place + bit for place, byte in enumerate(data) for bit in range(8)
            if byte >> bit & 1]
