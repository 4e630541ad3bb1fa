"""Lists of datasets' members, and the money that goes to them.

Written from pallets/settlement/README.md, "How members are paid"."""

from collections import defaultdict

from balances import POT
from encoding import account_bytes, tohex, unhex
from shares import PAGE_LEAVES, divide, due, hidden, leaf, payee_bytes, tree

LISTS, MEMBERS, LICENCES = "lists of members", "what members are paid", "licence money"
#: docs/deposits-and-fees.md: cohorts of a dataset, and members in one part.
MAX_COHORTS, MAX_STREAMED = 16, 256
#: Drawn amounts share a page.
DRAWN_PAGE = 64
#: Calls that pay leaves one by one, and how their items are found among the arguments.
CLAIMS = {
    "claim": lambda given: [given],
    "claim_many": lambda given: listed(given["claims"]),
    "claim_free": lambda given: [given],
}


class Cohort:
    def __init__(self, number, it):
        self.number, self.dataset, self.owner = number, it["dataset"], it["owner"]
        self.weight, self.deposit = it["weight"], it["deposit"]
        self.sealable_from, self.asset = it["sealable_from"], None
        #: Payee and node of each leaf, and the sum of the weights before it.
        self.payees, self.nodes, self.before = [], [], [0]
        self.sealed = False
        #: The cohorts that a leaf pays which names this list, from when it was sealed.
        self.stands_for = ()
        self.funded = self.paid = 0
        #: By leaf: what it was paid so far.
        self.drawn = {}

    def add(self, payee, weight):
        self.nodes.append(leaf(self.number, len(self.nodes), payee, weight))
        self.payees.append(payee)
        self.before.append(self.before[-1] + weight)

    def due(self, index):
        """What a leaf is due of all that the cohort ever got."""
        return due(self.funded, self.before, index)

    def summary(self):
        root, total = tree(self.nodes)
        return {"root": tohex(root), "sum": total, "count": len(self.nodes)}

    def peaks(self):
        """What an unfinished tree keeps: its full subtrees, the largest first."""
        found, start = [], 0
        for bit in reversed(range(len(self.nodes).bit_length())):
            if len(self.nodes) >> bit & 1:
                hashed, total = tree(self.nodes[start:start + (1 << bit)])
                found.append({"hash": tohex(hashed), "sum": total})
                start += 1 << bit
        return found

    def stored(self):
        if self.sealed:
            state = {"Open": self.summary()}
        else:
            last = payee_bytes(self.payees[-1]) if self.payees else None
            state = {"Building": {"builder": {"count": len(self.nodes), "peaks": self.peaks()},
                                  "last": last, "sealable_from": self.sealable_from}}
        return {"dataset": self.dataset, "owner": self.owner, "weight": self.weight,
                "funded": self.funded, "paid": self.paid, "deposit": self.deposit, "state": state}


class Share:
    """What a cohort got in an asset. Its leaves, and their proofs, are the cohort's."""

    def __init__(self, number, cohort, asset):
        self.number, self.cohort, self.asset = number, cohort, asset
        self.dataset, self.payees, self.before = cohort.dataset, cohort.payees, cohort.before
        self.sealed, self.funded, self.paid, self.drawn = True, 0, 0, {}

    def due(self, index):
        return due(self.funded, self.before, index)

    def stored(self):
        return {"dataset": self.dataset, "list": self.cohort.number, "asset": self.asset,
                "funded": self.funded, "paid": self.paid}


class Membership:
    def __init__(self):
        self.open, self.building = [], None

    def named(self):
        """The list that a leaf names which is made now."""
        return self.open[-1] if self.open else self.building


class Cohorts:
    """The part of `Settlement` that is about members.

    It uses what that has: `world`, `report`, `books`, `pools`, `funded`, `paid`, `pay`."""

    def begin_members(self):
        self.cohorts, self.memberships = {}, {}
        #: What cohorts got in assets, by number, and the numbers by list and asset.
        self.shares, self.share_pools = {}, {}
        #: Lists that were given up.
        self.abandoned = set()
        #: Licence payments that wait, by run and dataset: whose members, list, payee, amount.
        self.waiting = {}
        #: By run that is being divided and dataset, the lists that its leaf can name, in order.
        self.names = {}
        #: What cohorts got and nothing explains yet, and what was booked and they did not get yet.
        self.got, self.booked = [], {}

    def constant(self, name):
        return self.world.constants[f"Settlement.{name}"]

    # Lists

    def on_members_opened(self, it):
        number, owner, holds = it["pool"], it["owner"], self.report.holds
        dataset = self.world.datasets.datasets.get(it["dataset"])
        self.asked("open_members", owner, it, lambda given: (
            given["dataset"] == it["dataset"] and given["weight"] == it["weight"]))
        holds(LISTS, f"{owner} lists members of dataset {it['dataset']}, which is somebody else's,"
              " contested, or not there", dataset is not None and dataset.owner == owner
              and dataset.contested is None)
        holds(LISTS, f"list {number} has no weight", it["weight"] > 0)
        holds(LISTS, f"list {number} does not come after all that were before", number > max(
            (*self.pools, *self.cohorts, *self.abandoned, *self.shares), default=-1))
        membership = self.memberships.setdefault(it["dataset"], Membership())
        holds(LISTS, f"dataset {it['dataset']} has a list that is being built, or too many",
              membership.building is None and len(membership.open) < MAX_COHORTS)
        delay = 0 if self.world.datasets.is_new(it["dataset"]) else self.constant("SealDelay")
        self.report.equal(LISTS, f"first block in which list {number} can be sealed",
                          it["sealable_from"], self.world.now + delay)
        self.report.equal(LISTS, f"deposit of list {number}", it["deposit"],
                          self.constant("CohortDeposit"))
        self.cohorts[number], membership.building = Cohort(number, it), number
        self.hold_for(owner, it["deposit"])
        self.name_lists()

    def on_members_streamed(self, it):
        cohort, members = self.building(it, "stream"), listed(it["members"])
        self.asked("stream_members", cohort.owner, it, lambda given: (
            given["pool"] == it["pool"] and given["from"] == it["from"]
            and leaves_of(given["members"]) == leaves_of(members)))
        what = f"list {it['pool']}"
        self.report.equal(LISTS, f"members of {what} before these", it["from"], len(cohort.payees))
        self.report.holds(LISTS, f"{len(members)} members in one part of {what}",
                          0 < len(members) <= MAX_STREAMED)
        for member in members:
            payee, weight = member["payee"], member["weight"]
            self.report.holds(LISTS, f"{payee} cannot be a member of {what}", "Pool" not in payee
                              and payee_bytes(payee) != payee_bytes({"Account": POT})
                              and weight > 0)
            self.report.holds(LISTS, f"{payee} is not in the order of {what}", not cohort.payees
                              or payee_bytes(cohort.payees[-1]) < payee_bytes(payee))
            cohort.add(payee, weight)
        self.report.equal(LISTS, f"deposit of {len(members)} members of {what}", it["deposit"],
                          len(members) * self.constant("MemberDeposit"))
        cohort.deposit += it["deposit"]
        self.hold_for(cohort.owner, it["deposit"])

    def on_members_sealed(self, it):
        cohort, what = self.building(it, "seal"), f"list {it['pool']}"
        self.asked("seal_members", cohort.owner, it, lambda given: given["pool"] == it["pool"])
        self.report.equal(LISTS, f"dataset of {what}", it["dataset"], cohort.dataset)
        self.report.holds(LISTS, f"{what} is sealed before block {cohort.sealable_from}",
                          self.world.now >= cohort.sealable_from)
        if not self.report.holds(LISTS, f"{what} is sealed without members", cohort.nodes):
            return
        self.report.equal(LISTS, f"tree of {what}", it["summary"], cohort.summary())
        membership = self.memberships[cohort.dataset]
        membership.building = None
        membership.open.append(it["pool"])
        cohort.sealed, cohort.stands_for = True, tuple(membership.open)
        self.name_lists()

    def on_members_abandoned(self, it):
        cohort = self.building(it, "give up")
        self.asked("abandon_members", cohort.owner, it, lambda given: given["pool"] == it["pool"])
        self.report.equal(LISTS, f"dataset, owner and deposit of list {it['pool']}",
                          (it["dataset"], it["owner"], it["deposit"]),
                          (cohort.dataset, cohort.owner, cohort.deposit))
        self.hold_for(cohort.owner, -cohort.deposit)
        del self.cohorts[it["pool"]]
        self.abandoned.add(it["pool"])
        self.memberships[cohort.dataset].building = None
        self.name_lists()

    def building(self, it, what):
        cohort = self.cohorts.get(it["pool"])
        if not self.report.holds(LISTS, f"there is no list {it['pool']} to {what}",
                                 cohort is not None and not cohort.sealed):
            raise self.world.Lost
        return cohort

    def asked(self, function, who, it, fits):
        return self.world.called("Settlement", function, who, it, fits)

    def hold_for(self, owner, amount):
        self.world.balances.deposit(owner, "Settlement.Members", amount)

    # Who is paid for a dataset

    def named(self, dataset):
        """The list that stands for a dataset's members now, and whose members these are."""
        holder = self.world.datasets.holder(dataset)
        found = self.memberships.get(holder)
        return (holder, found.named()) if found else (holder, None)

    def begin_naming(self, run, datasets):
        """From now on, until they are funded, leaves are made for these datasets."""
        self.names[run] = {dataset: [] for dataset in datasets}
        self.name_lists()

    def name_lists(self):
        """No event tells when a leaf is made: it names a list that could be named since then."""
        for names in self.names.values():
            for dataset, lists in names.items():
                _, named = self.named(dataset)
                if named not in lists:
                    lists.append(named)

    def members_of(self, number, what):
        """The cohorts that are paid by what names this list."""
        cohort = self.cohorts.get(number)
        if not self.report.holds(MEMBERS, f"{what} is booked to list {number}, which is not sealed",
                                 cohort is not None and cohort.sealed):
            raise self.world.Lost
        return [self.cohorts[each] for each in cohort.stands_for]

    # Licences

    def on_licence_pending(self, it):
        run, dataset, amount = it["run"], it["dataset"], it["amount"]
        holder, named = self.named(dataset)
        self.report.equal(MEMBERS, f"list that the licence of dataset {dataset} waits for",
                          it["list"], named)
        due = self.next_licence(run)
        payee = due[1] if due else None
        self.report.equal(LICENCES, f"licence payment of run {run}",
                          (dataset, payee, amount), due)
        self.take(run, "Licence", amount)
        self.books[run, None].claimable += amount
        self.report.holds(MEMBERS, f"licence of dataset {dataset} in run {run} waits already",
                          (run, dataset) not in self.waiting)
        self.waiting[run, dataset] = holder, it["list"], payee, amount

    def on_licence_booked(self, it):
        run, dataset, amount = it["run"], it["dataset"], it["amount"]
        if self.got:
            self.explain([])
        what = f"licence of dataset {dataset} in run {run}"
        holder, number, _, waiting = self.waiting.pop((run, dataset), (None, None, None, None))
        self.report.equal(MEMBERS, f"list and amount of the {what}", (it["list"], amount),
                          (number, waiting))
        self.licences_asked_for(holder, it)
        self.members_of(it["list"], what)
        self.booked[it["list"]] = self.booked.get(it["list"], 0) + amount
        self.books[run, None].claimable -= amount
        self.books[run, None].paid += amount

    def instead(self, run, dataset, payee, amount):
        """A licence whose list was given up; whether it is one."""
        holder, number, due, waiting = self.waiting.pop((run, dataset), (None, None, None, None))
        if number is None:
            return False
        self.report.equal(MEMBERS, f"licence of dataset {dataset} in run {run}, whose list"
                          f" {number} was given up", (payee, amount), (due, waiting))
        self.report.holds(MEMBERS, f"list {number} was not given up", number in self.abandoned)
        self.licences_asked_for(holder, (run, dataset))
        self.books[run, None].claimable -= amount
        return True

    def licences_asked_for(self, holder, it):
        """One call brings all payments that wait."""
        calls = self.world.calls.every("Settlement", "claim_licences")
        self.report.holds("calls behind events",
                          f"no call Settlement.claim_licences of dataset {holder} for {it}",
                          any(given["dataset"] == holder for _, given in calls))

    # What cohorts get

    def on_share_opened(self, it):
        """A cohort gets an asset for the first time: how much, another event tells."""
        number, key = it["pool"], (it["list"], it["asset"])
        cohort = self.cohorts.get(it["list"])
        if not self.report.holds(MEMBERS, f"list {it['list']} gets an asset and is not sealed",
                                 cohort is not None and cohort.sealed):
            return
        self.report.equal(MEMBERS, f"dataset of cohort {it['list']}", it["dataset"], cohort.dataset)
        self.report.holds(MEMBERS, f"cohort {key[0]} has a pool of asset {key[1]} already",
                          key not in self.share_pools)
        self.report.holds(LISTS, f"pool {number} does not come after all that were before",
                          number > max((*self.pools, *self.cohorts, *self.abandoned, *self.shares)))
        self.shares[number], self.share_pools[key] = Share(number, cohort, it["asset"]), number

    def on_cohort_funded(self, it):
        number, amount, asset = it["pool"], it["amount"], it["asset"]
        cohort = self.cohort(number)
        if not self.report.holds(MEMBERS, f"list {number} gets {amount} and is not sealed",
                                 cohort is not None and cohort.sealed):
            return
        self.report.equal(MEMBERS, f"dataset and asset of cohort {number}", (it["dataset"], asset),
                          (cohort.dataset, cohort.asset))
        cohort.funded += amount
        self.funded[asset] += amount
        self.got.append((number, amount))

    def cohort(self, number):
        """A cohort, or what it got in an asset."""
        return self.cohorts.get(number) or self.shares.get(number)

    def explain(self, parts):
        """What cohorts got is what licences that were booked come to, and these parts."""
        got, booked, self.got, self.booked = self.got, self.booked, [], {}
        if not (got or booked or parts):
            return
        expected = []
        for number, amount in sorted(booked.items()):
            expected += self.parts(number, amount, "licences", None)
        self.report.equal(MEMBERS, "what cohorts got", got, expected + parts)

    def parts(self, number, amount, what, asset):
        """An amount divided over cohorts by their weights; in an asset they have pools for it."""
        cohorts = self.members_of(number, what)
        shares = divide(amount, [cohort.weight for cohort in cohorts])
        pools = [cohort.number if asset is None else self.share_pools.get((cohort.number, asset))
                 for cohort in cohorts]
        return [(pool, share) for pool, share in zip(pools, shares) if share]

    def on_booked(self, it):
        payee, what = self.leaf_paid(it), f"leaf {it['index']} of pool {it['pool']}"
        if not self.report.holds(MEMBERS, f"{what} pays {payee}, and no list", "Pool" in payee):
            return
        self.report.equal(MEMBERS, f"whose members {what} pays", it["dataset"],
                          self.members_of(payee["Pool"], what)[0].dataset)
        self.explain(self.parts(payee["Pool"], it["amount"], what, it["asset"]))

    # What members are paid

    def on_member_paid(self, it):
        number, index, amount = it["pool"], it["index"], it["amount"]
        cohort = self.cohort(number)
        if not self.report.holds(MEMBERS, f"list {number} is not sealed, or has no leaf {index}",
                                 cohort is not None and cohort.sealed
                                 and 0 <= index < len(cohort.payees)):
            return
        what, drawn = f"leaf {index} of cohort {number}", cohort.drawn.get(index, 0)
        self.report.equal(MEMBERS, what, (it["dataset"], amount, it["asset"]),
                          (cohort.dataset, cohort.due(index) - drawn, cohort.asset))
        self.report.holds(MEMBERS, f"{what} is paid nothing", amount > 0)
        self.report.holds(MEMBERS, f"{it['payee']} is paid for {what}",
                          self.is_payee(it["payee"], cohort.payees[index], it))
        cohort.drawn[index] = drawn + amount
        cohort.paid += amount
        self.report.holds(MEMBERS, f"cohort {number} paid more than it got",
                          cohort.paid <= cohort.funded)
        self.paid[cohort.asset] += amount
        self.pay(it["payee"], amount, cohort.asset)
        self.paid_free(it)

    def is_payee(self, account, payee, it):
        """Whether a leaf pays an account, which has to be opened where it is hidden."""
        if "Account" in payee:
            return account_bytes(account) == account_bytes(payee["Account"])
        return any(
            (opening := claim["opening"]) is not None
            and account_bytes(opening["account"]) == account_bytes(account)
            and hidden(account, opening["salt"]) == unhex(payee["Hidden"])
            for claim in self.claims(it))

    def claims(self, it):
        """The claims of a leaf that this extrinsic makes."""
        return [claim for name, items in CLAIMS.items()
                for _, given in self.world.calls.every("Settlement", name)
                for claim in items(given)
                if (claim["pool"], claim["index"]) == (it["pool"], it["index"])]

    def given(self, it):
        """The payees of a leaf that whoever wants it paid gave."""
        found = [claim["leaf"] for claim in self.claims(it)]
        page, place = divmod(it["index"], PAGE_LEAVES)
        for _, given in self.world.calls.every("Settlement", "pay_page"):
            if (given["pool"], given["page"]) == (it["pool"], page):
                found += listed(given["leaves"])[place:place + 1]
        return [payee_bytes(leaf["payee"]) for leaf in found]

    # The end of the chain

    def finish_members(self, state):
        equal = self.report.equal
        stored = {number: it for (number,), it in state.items("Settlement", "Cohorts")}
        equal(LISTS, "lists", sorted(stored), sorted(self.cohorts))
        for number in {*stored} & {*self.cohorts}:
            it, cohort = stored[number], self.cohorts[number]
            equal(LISTS, f"list {number}", shown(it), cohort.stored())
            equal(MEMBERS, f"what cohort {number} got, as all of it is due", it["funded"],
                  sum(map(cohort.due, range(len(cohort.payees)))))
        equal(LISTS, "cohorts of each dataset", {
            dataset: (listed(it["open"]), it["building"])
            for (dataset,), it in state.items("Settlement", "Memberships")
        }, {dataset: (it.open, it.building) for dataset, it in self.memberships.items()
            if it.named() is not None})
        equal(MEMBERS, "licences that wait", {
            (run, dataset): (holder, it["list"], it["payee"], it["amount"])
            for (holder, (run, dataset)), it in state.items("Settlement", "LicenceDues")
        }, self.waiting)
        shares = self.finish_shares(state)
        self.finish_drawn(state, {
            number: it["paid"] for number, it in {**stored, **shares}.items()})
        self.finish_names(state)

    def finish_shares(self, state):
        """Answers what is stored of them."""
        stored = {number: it for (number,), it in state.items("Settlement", "Shares")}
        self.report.equal(MEMBERS, "what cohorts got in assets", stored, {
            number: share.stored() for number, share in self.shares.items()})
        self.report.equal(MEMBERS, "pools of what cohorts got in assets",
                          dict(state.items("Settlement", "SharePools")), self.share_pools)
        for number, share in self.shares.items():
            self.report.equal(MEMBERS, f"what cohort {share.cohort.number} got in asset"
                              f" {share.asset}, as all of it is due", share.funded,
                              sum(map(share.due, range(len(share.payees)))))
            self.report.holds(MEMBERS, f"pool {number} was opened for nothing", share.funded > 0)
        return stored

    def finish_drawn(self, state, paid):
        """What leaves drew is what they were paid, and together what their cohort paid."""
        pages = {key: listed(it) for key, it in state.items("Settlement", "Drawn")}
        drawn, sums = defaultdict(dict), dict.fromkeys(paid, 0)
        for number, cohort in {**self.cohorts, **self.shares}.items():
            for index, amount in cohort.drawn.items():
                drawn[number, index // DRAWN_PAGE][index % DRAWN_PAGE] = amount
        for number, page in {**pages, **drawn}:
            found, known = pages.get((number, page)), drawn.get((number, page), {})
            self.report.equal(
                MEMBERS, f"drawn from leaf {page * DRAWN_PAGE} on of cohort {number}", found,
                [known.get(place, 0) for place in range(DRAWN_PAGE)])
            sums[number] = sums.get(number, 0) + sum(found or [])
        self.report.equal(MEMBERS, "what cohorts paid, as their leaves drew it", paid, sums)

    def finish_names(self, state):
        """Which lists leaves name: of a pool that is still built, some of those that they can."""
        stored = dict(state.items("Settlement", "ListLeaves"))
        pools = {number: it for (number,), it in state.items("Settlement", "Pools")}
        for number, pool in self.pools.items():
            for index, possible in enumerate(pool.payees):
                named = stored.pop((number, index), None)
                if named is None and pool.removed and pool.may_name(index):
                    continue
                found = ({"Account": pool.accounts[index]} if named is None else {"Pool": named})
                if self.report.holds(LISTS, f"leaf {index} of pool {number} pays {found} and not"
                                     f" {possible}", found in possible):
                    pool.payees[index] = [found]
        for (number, index), named in stored.items():
            run = pools.get(number, {}).get("run")
            order = self.world.ledger.order.get((run, "DataProvider"), [])
            dataset = order[index][1] if index < len(order) else None
            self.report.holds(LISTS, f"leaf {index} of pool {number} names list {named}",
                              named in self.names.get(run, {}).get(dataset, []))


def listed(value):
    """A bounded list, which some decode as a tuple whose only part is the list."""
    value = list(value)
    return list(value[0]) if len(value) == 1 and isinstance(value[0], list | tuple) else value


def leaves_of(members):
    return [(payee_bytes(each["payee"]), each["weight"]) for each in listed(members)]


def shown(stored):
    """A stored list as the replay keeps it."""
    (kind, state), = stored["state"].items()
    if kind == "Building":
        last = state["last"]
        state = {**state, "builder": {**state["builder"],
                                      "peaks": listed(state["builder"]["peaks"])},
                 "last": last and payee_bytes(last)}
    return {**stored, "state": {kind: state}}
