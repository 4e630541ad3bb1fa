"""Who publishes what, on which terms, and who is paid for it (pallets/datasets/README.md)."""

from encoding import account_bytes, blake2_256, text, tohex, u64, unhex

CHECK = "datasets"
ANNOUNCE = text("guerdon/announce/v1")
#: Bit of a licence's uses.
TRAIN = 1
#: The constant that says how much is held, by what for.
DEPOSITS = {"Announcement": "AnnounceDeposit", "Dataset": "DatasetDeposit",
            "Unlearning": "UnlearningDeposit"}


class Payout:
    """Who is paid, and from which block on somebody else is."""

    def __init__(self, account):
        self.account, self.next = account, None

    def at(self, block):
        return self.next[0] if self.next and self.next[1] <= block else self.account

    def change(self, account, block, since):
        self.account, self.next = self.at(block), (account, since)

    def stored(self):
        return {"account": self.account, "next": self.next}


class Dataset:
    def __init__(self, owner, root, records, priority, licence, payout):
        self.owner, self.root, self.records, self.priority = owner, root, records, priority
        self.licence, self.payout = licence, Payout(payout)
        self.contested, self.withdrawn_from = None, None

    def status(self):
        if self.contested is not None:
            return {"Contested": {"by": self.contested}}
        if self.withdrawn_from is not None:
            return {"Withdrawn": {"from": self.withdrawn_from}}
        return "Active"


class Datasets:
    #: They say nothing about money.
    IGNORED = ("UnlearningAnswered",)

    def __init__(self, world):
        self.world, self.report = world, world.report
        self.datasets, self.announced, self.unlearning = {}, {}, {}
        #: The dataset that has a root, and the first of its line.
        self.holders = {}
        #: Per dataset and run: how its owner answered, and the end of the licence.
        self.uses = {}
        self.begin_extrinsic()

    def begin_extrinsic(self):
        #: Take-overs and requests that are told of by one event, and not by the other yet.
        self.contests, self.requests = [], []

    def end_extrinsic(self):
        for what in (*self.contests, *self.requests):
            self.report.differ(CHECK, f"{what} is told of once only")
        self.begin_extrinsic()

    def constant(self, name):
        return self.world.constants[f"Datasets.{name}"]

    def owned(self, it, what):
        """The dataset of an event; None, and a difference, if there is none."""
        dataset = self.datasets.get(it["dataset"])
        self.report.holds(CHECK, f"{what} of dataset {it['dataset']}, which there is none of",
                          dataset is not None)
        return dataset

    def hold(self, who, reason, found, sign=1):
        """Holds a deposit of the size that the constants say, or gives back what was held."""
        if sign > 0:
            self.report.equal(CHECK, f"deposit of {who} ({reason})", found,
                              self.constant(DEPOSITS[reason]))
        self.world.balances.deposit(who, f"Datasets.{reason}", sign * found)

    # Events

    def on_announced(self, it):
        self.announced[it["owner"], it["commitment"]] = self.world.now, it["deposit"]
        self.hold(it["owner"], "Announcement", it["deposit"])

    def on_announcement_expired(self, it):
        since, deposit = self.announced.pop((it["owner"], it["commitment"]), (0, 0))
        self.report.equal(CHECK, "deposit that came back", it["deposit"], deposit)
        over = since + self.constant("AnnouncementLifetime")
        self.report.holds(CHECK, f"an announcement expired before block {over}",
                          self.world.now >= over)
        self.hold(it["owner"], "Announcement", deposit, -1)

    def on_published(self, it):
        owner, root, now = it["owner"], it["root"], self.world.now
        called = self.world.called("Datasets", "publish", owner, it, lambda given: (
            given["args"]["root"] == root and given["args"]["length"] == it["length"]
            and given["args"]["records"] == it["records"]))
        if called is None:
            return
        args = called["args"]
        commitment = tohex(blake2_256(ANNOUNCE, account_bytes(owner), unhex(root),
                                      u64(it["length"]), unhex(args["salt"])))
        since, deposit = self.announced.pop((owner, commitment), (None, 0))
        if not self.report.equal(CHECK, f"priority of dataset {it['dataset']}", it["priority"],
                                 since):
            return
        self.report.holds(
            CHECK, f"dataset {it['dataset']} was announced in block {since}: too early or too late",
            self.constant("MinAnnounceBlocks") <= now - since
            < self.constant("AnnouncementLifetime"))
        self.hold(owner, "Announcement", deposit, -1)
        self.hold(owner, "Dataset", it["deposit"])
        number = it["dataset"]
        self.datasets[number] = Dataset(owner, root, it["records"], since, args["licence"],
                                        args["payout"])
        before = self.holders.get(root)
        self.holders[root] = number, number if before is None else before[1]
        if before is not None:
            self.take_over(before[0], number)

    def take_over(self, before, by):
        """Whoever announced earlier has the root from now on, and is paid for it."""
        older, newer = self.datasets[before], self.datasets[by]
        self.report.holds(CHECK, f"dataset {by} took a root over that was announced before it",
                          newer.priority < older.priority)
        older.contested = by
        self.contests.append(("Contested", before, by))
        older.payout = Payout(newer.payout.at(self.world.now))
        self.world.settlement.name_lists()

    def on_contested(self, it):
        what = "Contested", it["dataset"], it["by"]
        if self.report.holds(CHECK, f"{what} is not so", what in self.contests):
            self.contests.remove(what)

    def on_payout_scheduled(self, it):
        dataset = self.owned(it, "payout")
        called = dataset and self.world.called("Datasets", "set_payout", dataset.owner, it, (
            lambda given: given["dataset"] == it["dataset"] and given["payout"] == it["payout"]))
        if called:
            since = self.world.now + self.constant("PayoutDelay")
            self.report.equal(CHECK, "first block of a new payout account", it["from"], since)
            dataset.payout.change(it["payout"], self.world.now, since)

    def on_licence_changed(self, it):
        dataset = self.owned(it, "licence")
        called = dataset and self.world.called("Datasets", "set_licence", dataset.owner, it, (
            lambda given: given["dataset"] == it["dataset"] and given["licence"] == it["licence"]))
        if called:
            dataset.licence = it["licence"]

    def on_withdrawn(self, it):
        dataset = self.owned(it, "withdrawal")
        if dataset:
            self.report.equal(CHECK, "epoch from which a dataset is withdrawn", it["from"],
                              self.world.epoch + 1)
            dataset.withdrawn_from = it["from"]

    def on_retired(self, it):
        dataset = self.owned(it, "retirement")
        if dataset:
            self.report.holds(CHECK, f"dataset {it['dataset']} retired and is neither withdrawn nor"
                              " contested",
                              dataset.contested is not None or self.withdrawn(dataset))
            self.hold(dataset.owner, "Dataset", it["deposit"], -1)
            del self.datasets[it["dataset"]]
            if dataset.contested is None:
                del self.holders[dataset.root]
            self.world.settlement.name_lists()

    # Requests and grants

    def request(self, dataset, run):
        """A run asks for a dataset as it is now."""
        licence = self.datasets[dataset].licence
        answer = "NotNeeded" if licence["approval"] == "Open" else "Pending"
        self.uses[dataset, run] = [answer, licence["valid_until"]]
        if answer == "Pending":
            what = "GrantRequested", dataset, run
            if self.report.holds(CHECK, f"{what} was not told of", what in self.requests):
                self.requests.remove(what)

    def close(self, dataset, run):
        self.uses.pop((dataset, run), None)

    def on_grant_requested(self, it):
        """It comes before the event that tells of the run."""
        self.requests.append(("GrantRequested", it["dataset"], it["run"]))

    def answer(self, it, before, after):
        use = self.uses.get((it["dataset"], it["run"]))
        if self.report.holds(CHECK, f"run {it['run']} did not ask for dataset {it['dataset']}",
                             use is not None):
            self.report.equal(CHECK, f"what run {it['run']} had of dataset {it['dataset']}",
                              use[0], before)
            use[0] = after

    def on_granted(self, it):
        self.answer(it, "Pending", "Given")

    def on_declined(self, it):
        self.answer(it, "Pending", "Declined")

    def on_revoked(self, it):
        self.report.equal(CHECK, "epoch in which a grant ends", it["until"], self.world.epoch + 1)
        self.answer(it, "Given", it["until"])

    def granted(self, dataset, run):
        return self.uses.get((dataset, run), [None])[0] in ("NotNeeded", "Given")

    def dealable(self, number, run):
        """Whether tasks may be dealt on it now."""
        dataset, use = self.datasets.get(number), self.uses.get((number, run))
        if dataset is None or use is None or dataset.contested is not None:
            return False
        answer, until = use
        if self.withdrawn(dataset) or until is not None and self.world.now >= until:
            return False
        return answer in ("NotNeeded", "Given") or isinstance(answer, int) and (
            self.world.epoch < answer)

    def usable(self, number):
        """Whether a run can be proposed on it now."""
        dataset = self.datasets.get(number)
        if dataset is None or dataset.status() != "Active":
            return False
        licence, now = dataset.licence, self.world.now
        until = licence["valid_until"]
        return (licence["uses"] & TRAIN and licence["valid_from"] <= now
                and (until is None or now < until))

    def withdrawn(self, dataset):
        return dataset.withdrawn_from is not None and self.world.epoch >= dataset.withdrawn_from

    def payee(self, number):
        """Who is paid for a dataset now; for a contested one whoever has the root."""
        if number not in self.datasets:
            return None
        holder = self.holder(number)
        return self.datasets[number if holder is None else holder].payout.at(self.world.now)

    def holder(self, number):
        """The dataset that is paid for this one now; None when that is gone."""
        dataset = self.datasets.get(number)
        if dataset is None or dataset.contested is None:
            return None if dataset is None else number
        holder, first = self.holders.get(dataset.root, (None, None))
        return holder if holder is not None and first <= number else None

    def is_new(self, number):
        """Whether somebody could still take it over."""
        dataset = self.datasets.get(number)
        return dataset is not None and (
            self.world.now < dataset.priority + self.constant("AnnouncementLifetime"))

    # Unlearning moves a deposit, and no other money

    def on_unlearning_requested(self, it):
        self.hold(it["owner"], "Unlearning", it["deposit"])
        self.unlearning[it["dataset"], it["run"]] = it["owner"], it["deposit"]

    def on_unlearning_closed(self, it):
        known = self.unlearning.pop((it["dataset"], it["run"]), None)
        self.report.equal(CHECK, "deposit of a request to unlearn", (it["owner"], it["deposit"]),
                          known)
        self.hold(it["owner"], "Unlearning", it["deposit"], -1)

    def finish(self, state):
        stored = {number: it for (number,), it in state.items("Datasets", "Datasets")}
        self.report.equal(CHECK, "datasets", sorted(stored), sorted(self.datasets))
        for number, dataset in self.datasets.items():
            it = stored.get(number)
            if it is None:
                continue
            following = it["payout"]["next"]
            found = (it["owner"], it["content"]["root"], it["content"]["records"], it["priority"],
                     it["payout"]["account"], following and tuple(following), it["status"],
                     it["licence"])
            expected = (dataset.owner, dataset.root, dataset.records, dataset.priority,
                        dataset.payout.account, dataset.payout.next, dataset.status(),
                        dataset.licence)
            self.report.equal(CHECK, f"dataset {number}", found, expected)
