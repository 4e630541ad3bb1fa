"""Who else does not play fair: what each tries, what stops it, and what that costs.

Everything here really runs: transactions of the program `adversary`, ordinary commands about what is
somebody else's, and nobody at all where somebody is waited for. Who it is, the seed decides."""

import csv
import json
import shutil
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from random import Random

from output import GRD, amount, grd, say, step, table
from processes import Failed

#: Where the chain keeps how much money there is: twox128("Balances"), twox128("TotalIssuance").
ISSUANCE = "0xc2261276cc9d1f8598ea4b6a74b15c2f57c875e4cff74148e4628f264b974c80"
#: What a seat bonds, and what an enrolment and a second committee hold.
BOND, ENROLMENT, COMMITTEE = 1_000 * GRD, 10 * GRD, 1 * GRD
#: Per million of the bond.
EQUIVOCATION, WRONG_COUNTS, SILENCE = 1_000_000, 100_000, 50_000
#: Per million of a penalty.
BURNT, REPORTED = 500_000, 100_000


def part(amount, ppm):
    return amount * ppm // 1_000_000


class Attacks:
    def __init__(self, demo, trainers, users, attestors, appraisers):
        self.demo = demo
        random = Random(f"attacks {demo.options.seed}")
        truth = demo.truth
        honest = [i for i, publisher in enumerate(truth["publishers"])
                  if publisher["conduct"] == "honest" and i != truth["victim"]]
        self.front_run, self.gated = random.sample(honest, 2)
        self.forger = f"Trainer{truth['forger']}"
        others = [name for name in trainers if name != self.forger]
        #: Of each role, who has enrolled or taken a seat and is never heard of again.
        self.absent = {"trainer": random.choice(others), "user": random.choice(users),
                       "attestor": random.choice(attestors)}
        self.replayer = random.choice([n for n in others if n != self.absent["trainer"]])
        if demo.all_work:
            self.absent = {}
        present = [name for name in attestors if not self.away(name)]
        self.accomplices, self.equivocator = present, random.choice(present)
        self.liars = self.wrong, self.silent = random.sample(appraisers, 2)
        self.thread = ThreadPoolExecutor(4)
        self.tried = {}
        #: What each tried, what stopped it, what it cost.
        self.rows = []
        self.issuance_before = None

    def away(self, name):
        return name in self.absent.values()

    def adversary(self, name, *arguments):
        with self.demo.undisturbed.command():
            printed = self.demo.command(
                self.demo.bin / "adversary", "--home", self.demo.home / name, "--url",
                self.demo.node.websocket, "--signer", f"//{name}", *arguments)
        return json.loads(printed)

    def held(self, name):
        return int(self.demo.node.call(
            "guerdon_v1_account", self.demo.people[name]["account"])["held"])

    def money(self):
        """How much there is on the whole chain."""
        stored = self.demo.node.call("state_getStorage", ISSUANCE)
        return int.from_bytes(bytes.fromhex(stored[2:]), "little")

    def row(self, who, tried, stopped, cost):
        self.rows.append([who, tried, stopped, cost])

    # The data

    def copies(self):
        """Writes folders that are not their owners': the thief's copy, the sleeper's part."""
        demo = self.demo
        victim = demo.home / f"Publisher{self.front_run}" / "data"
        shutil.copytree(victim, demo.home / "Thief" / "data")
        lines = (victim / "records.csv").read_text().splitlines()
        (demo.home / "Sleeper" / "data").mkdir()
        (demo.home / "Sleeper" / "data" / "records.csv").write_text(
            # As many as can be valued at least, and not all.
            "\n".join(lines[:max(len(lines) // 2, 40)]) + "\n")

    def front_runs(self, announced, publish):
        """The thief has seen what is announced: it announces later and publishes first."""
        announced("Thief")
        self.stolen = publish("Thief")["dataset"]

    def mislabel(self, folder):
        """Makes every label of a test set wrong."""
        spec = json.loads((folder / "features.json").read_text())["csv"]
        with open(folder / "tests.csv") as file:
            rows = list(csv.reader(file))
        for row in rows[1:]:
            label = int(row[spec["label"]])
            row[spec["label"]] = str((label + 1) % spec["classes"])
        with open(folder / "tests.csv", "w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)

    # The work

    def when_dealt(self, run):
        """The forger tries what needs no work at all, with its first tasks. The thief pays, whose account
        sends nothing else."""
        if self.demo.all_work:
            return
        homes = [word for name in self.accomplices
                 for word in (f"//{name}", self.demo.home / name)]

        def both():
            return {
                "bribe": self.adversary(self.forger, "--payer", "//Thief", "bribe", run, *homes),
                "alter": self.adversary(self.forger, "--payer", "//Thief", "alter", run),
            }

        self.tried["forger"] = self.thread.submit(both)

    def after_a_round(self, run, other):
        """Begins once, when receipts were accepted."""
        if "replay" not in self.tried and not self.demo.all_work:
            self.tried["replay"] = self.thread.submit(
                self.adversary, self.replayer, "--payer", "//Stranger", "replay", run, other)

    def pry(self, run):
        """A stranger asks a publisher's daemon for keys: as itself, in another's name, unsigned."""
        dataset = self.demo.datasets[self.gated]
        asked = self.adversary("Stranger", "pry", run, dataset["id"])
        self.pried = [
            self.post(dataset["endpoint"] + "/keys", body)
            for body in (asked["as_itself"], asked["as_contributor"],
                         {**asked["as_itself"], "signature": "01" + "00" * 64})
        ]

    def post(self, url, body):
        request = urllib.request.Request(
            url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code

    def after_work(self, run):
        """Two signatures for one receipt, and two appraisers of whom one lies and one is silent."""
        demo = self.demo
        if not demo.all_work:
            self.came = {**self.tried["forger"].result(), "replay": self.tried["replay"].result()}
        self.pry(run)
        self.issuance_before = self.money()
        self.bonds = {name: self.held(name)
                      for name in (self.equivocator, self.wrong, self.silent)}
        evidence = demo.home / "Stranger" / "evidence.json"
        evidence.write_text(json.dumps(self.adversary(self.equivocator, "equivocate")))
        self.reward = demo.guerdon("Stranger", "attestor", "report", evidence)
        say(f"    {self.equivocator} signed two digests for one receipt, and Stranger reported it")
        for name, more in ((self.wrong, ()), (self.silent, ("--silent",))):
            self.tried[name] = self.thread.submit(self.adversary, name, "appraise", run, *more)

    # The outcome

    def show(self, outcome):
        step("Those who did not play fair")
        if not self.demo.all_work:
            self.check_receipts(outcome)
        for check in (self.check_precedence, self.check_keys, self.check_seats,
                      self.check_absent, self.check_sponsors):
            check(outcome)
        table(["who", "tried", "stopped by", "it cost"], self.rows)

    def check_precedence(self, outcome):
        node = self.demo.node
        stolen = node.call("guerdon_v1_dataset", self.stolen)
        owner = self.demo.people[f"Publisher{self.front_run}"]["account"]
        by = stolen["status"].get("by")
        self.row("Thief", f"published Publisher{self.front_run}'s data before it did",
                 "the earlier announcement took the root over",
                 f"{grd(stolen['deposit'])} held until retired")
        outcome.holds("an earlier announcement took the thief's dataset over",
                      by is not None and node.call("guerdon_v1_dataset", by)["owner"] == owner)

    def check_keys(self, outcome):
        publisher = f"Publisher{self.gated}"
        log = self.demo.guerdon(publisher, "dataset", "access-log")
        given = sum("segments" in entry["outcome"] for entry in log)
        self.row("Stranger", f"asked for the keys of {publisher}'s gated data",
                 "no part in the run; not the contributor's signature", "nothing")
        outcome.holds(f"a stranger is given no keys ({', '.join(map(str, self.pried))}); those whose"
                      f" task it was got them {given} times",
                      self.pried == [403, 401, 401] and given > 0)

    def check_receipts(self, outcome):
        came = self.came
        bribed = came["bribe"]["bribed"].removeprefix("//")
        self.row(self.forger, f"made-up work with the signature of {bribed}, which it bribed",
                 came["bribe"]["came"][0], "fees")
        self.row(self.forger, "a receipt altered after it was signed", came["alter"]["came"][0],
                 "fees")
        again, onto, into = came["replay"]["came"]
        for tried, reason in (("for its own task", again), ("for another task", onto),
                              ("in another run", into)):
            self.row(self.replayer, f"an accepted receipt again, {tried}", reason, "fees")
        # Whose task the other one is works on it meanwhile, and may be the faster.
        outcome.holds("a bribed signature, an altered receipt and replays are refused",
                      came["bribe"]["came"] == ["QuorumNotReached"]
                      and came["alter"]["came"] == ["BadSignature"]
                      and onto in ("BadSignature", "TaskDone")
                      and [again, into] == ["TaskDone", "WrongRun"])

    def check_seats(self, outcome):
        came = {name: self.tried[name].result() for name in (self.wrong, self.silent)}
        lost = {name: before - self.held(name) for name, before in self.bonds.items()}
        expected = {self.equivocator: part(BOND, EQUIVOCATION),
                    self.wrong: part(BOND, WRONG_COUNTS), self.silent: part(BOND, SILENCE)}
        self.row(self.equivocator, "signed two results for one receipt",
                 "both signatures, reported by Stranger", f"{grd(lost[self.equivocator])} of its bond")
        self.row(self.wrong, "revealed counts that it made up", "the quorum's counts",
                 f"{grd(lost[self.wrong])} of its bond")
        self.row(self.silent, "committed and did not reveal", "the deadline",
                 f"{grd(lost[self.silent])} of its bond")
        outcome.holds("seats lose what their offences cost, and nothing more",
                      lost == expected and came[self.wrong]["revealed"]
                      and not came[self.silent]["revealed"])

    def check_absent(self, outcome):
        demo, lost = self.demo, {}
        for role in ("trainer", "user"):
            name = self.absent.get(role)
            if name is None:
                continue
            account = demo.people[name]["account"]
            dealt = [t for t in demo.tasks if t["contributor"] == account]
            lost[name] = ENROLMENT if dealt else 0
            self.row(name, f"enrolled as {role} and never worked ({len(dealt)} tasks)",
                     "deadlines: its tasks were dealt again", f"{grd(lost[name])}")
        if "attestor" in self.absent:
            self.row(self.absent["attestor"], "took a seat and never answered",
                     "the others of each committee", "no pay")
        self.row("Sleeper", "never answered the run's request", "the deadline: dropped",
                 "no share")
        run = demo.show()
        standing = {d["dataset"]: d["standing"] for d in run["datasets"]}
        outcome.holds("a publisher that never answered was dropped, and nobody waited for others",
                      standing[self.sleeping] == "dropped" and run["state"] == "settled")
        tasks = [task for number in (demo.id, *demo.others.values()) for task in
                 demo.guerdon("Keeper", "run", "show", number, "--tasks")["tasks"]]
        twice = sum(t["state"] == "missed" and t["replaces"] is not None for t in tasks)
        #: Deposits that are lost, the forger's among them.
        self.forfeited = sum(lost.values()) + COMMITTEE * twice
        if not demo.all_work:
            self.forfeited += ENROLMENT

    def check_sponsors(self, outcome):
        node, demo = self.demo.node, self.demo
        for name, run in demo.others.items():
            shown = node.call("guerdon_v1_run", run)
            asset = shown["plan"]["asset"]
            books = {k: int(v) for k, v in shown["books"].items()}
            in_grd = {k: int(v) for k, v in (shown["grdBooks"] or {}).items()}
            exact = all(
                sum(kept.get(k, 0) for k in ("budgetIn", "licenceIn", "bondIn", "tipIn"))
                == sum(kept.get(k, 0) for k in ("paid", "claimable", "escrow", "returned",
                                                "released"))
                for kept in (books, in_grd))
            basis = demo.guerdon("Keeper", "valuation", "show", run)["basis"]
            if name == "Mislabeller":
                self.row(name, "revealed a test set with wrong labels",
                         f"no score is positive: paid by {basis}",
                         f"{amount(books['paid'], asset)} paid all the same")
            else:
                self.row(name, "never revealed its test set", f"the deadline: paid by {basis}",
                         f"{amount(books['bondIn'], asset)}, its bond, to the publishers")
            outcome.holds(f"the publishers of {name}'s run are paid by {basis}, and its money is"
                          " where it should be, to the unit",
                          basis == "licence-price" and exact
                          and shown["revealed"] == (name == "Mislabeller"))

    def check_money(self, outcome, treasury):
        """What was taken is burnt, in the treasury, or the reporter's, to the unit."""
        bonds = {self.equivocator: part(BOND, EQUIVOCATION),
                 self.wrong: part(BOND, WRONG_COUNTS), self.silent: part(BOND, SILENCE)}
        taken = sum(bonds.values()) + self.forfeited
        burnt = part(taken, BURNT)
        reward = part(bonds[self.equivocator], REPORTED)
        kept = taken - burnt - reward
        outcome.holds(f"of {grd(taken)} GRD taken from them {grd(burnt)} were burnt,"
                      f" {grd(kept)} are the treasury's and {grd(reward)} the reporter's",
                      self.issuance_before - self.money() == burnt and treasury == kept)
