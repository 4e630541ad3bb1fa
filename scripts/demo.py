#!/usr/bin/env python3
"""From a dataset to a paid credit, on a live development chain.

Every role has a home folder and a process of its own; between them lie only the chain and their
daemons. Who misbehaves is decided by the seed, and only the checks at the end know it.
"""

import argparse
import json
import shlex
import shutil
import signal
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from random import Random

PARTS = Path(__file__).resolve().parent / "demo"
# Nothing is left behind in the clone.
sys.dont_write_bytecode = True
sys.path.insert(0, str(PARTS))

from attacks import Attacks
from checks import ACCURACY, FIRST_BLOCK, Outcome
from kills import RESUMES, Kills, Undisturbed
from members import Members
from output import amount, grd, say, step, table
from processes import SIGNALS, Failed, Node, Processes, free_ports, ignore_signals

PUBLISHERS, TRAINERS, USERS, ATTESTORS, APPRAISERS, ROUNDS = 8, 4, 3, 10, 7, 3
#: How many labels of a hundred each user gets right.
SKILLS = ["95", "60", "80"]
#: Whose runs end without scores: one reveals wrong tests, the other none.
OTHER_SPONSORS = ["Mislabeller", "Vanisher"]
#: The one of them that pays in test dollars.
PAYS_DOLLARS = "Mislabeller"


class Demo(Processes):
    def __init__(self, options):
        super().__init__(options.bin)
        self.options = options
        self.people = {}
        #: The trainer and the attestor that were killed, and what the chain was at then.
        self.killed = None
        #: The runs besides the one that the story is about, by sponsor.
        self.others = {}
        self.kills = Kills(self, options.kills) if options.kills else None
        #: Nobody forges or stays away. What else is dealt to such people three times in a row is left
        #: out, which depends on who is drawn: then no two runs come to the same.
        self.all_work = bool(options.kills or options.result)
        self.undisturbed = Undisturbed()

    def run(self):
        begun = time.time()
        if self.options.wallets:
            self.wallets("--install")
        if self.options.audit:
            self.audit("--install")
        self.prepare()
        self.start_node()
        self.endow()
        if self.kills:
            self.node.patience = RESUMES
            self.kills.begin()
        self.register()
        self.publish()
        self.members.list()
        self.propose()
        self.work()
        self.appraise()
        if self.options.wallets:
            step("Wallets that others made: each claims a leaf and reads every event")
            say(self.wallets("--url", self.node.websocket, "--bin", self.bin).rstrip())
        self.claim()
        if self.kills:
            self.kills.end()
        self.members.pay()
        if self.options.audit:
            step("The auditor replays the whole chain by rules of its own")
            head = self.node.height()
            self.wait("finality", lambda: self.node.finalized() >= head, 60)
            say(self.audit("--url", self.node.websocket).rstrip())
        outcome = Outcome(self)
        outcome.show()
        outcome.check()
        say(f"\nEverything held. {time.time() - begun:.0f} s in all.")

    def guerdon(self, name, *arguments, retry=0):
        """Runs one command of the command line as a person, and gives its JSON."""
        with self.undisturbed.command():
            printed = self.command(
                self.bin / "guerdon", "--home", self.home / name, "--url", self.node.websocket,
                "--signer", f"//{name}", "--output", "json", "--yes", *arguments, retry=retry)
        return json.loads(printed) if printed.strip() else None

    def serve(self, name, *roles):
        person = self.people[name]
        command = [self.bin / "guerdon", "--home", self.home / name]
        command += ["--url", self.node.websocket, "--signer", f"//{name}", "serve"]
        command += ["--listen", f"127.0.0.1:{person['port']}", "--endpoint", person["endpoint"]]
        for role in roles:
            command += ["--role", role]
        self.start(name, command)

    def show(self, run=None):
        return self.node.call("guerdon_v1_run", self.id if run is None else run)

    def name_of(self, account):
        for name, person in self.people.items():
            if person.get("account") == account:
                return name
        return account[:10] + "…"

    # The story

    def prepare(self):
        step(f"Real data: {self.options.data}, seed {self.options.seed}")
        data = self.home / "data"
        self.command(self.bin / "sample-data", "--data", self.options.data,
                     "--seed", self.options.seed, "--publishers", PUBLISHERS, data)
        self.truth = json.loads((data / "roles.json").read_text())
        self.forger = f"Trainer{self.truth['forger']}"
        (data / "roles.json").unlink()
        names = ["Sponsor", "Keeper", "Thief", "Sleeper", "Stranger"] + OTHER_SPONSORS
        names += [f"Publisher{i}" for i in range(PUBLISHERS)]
        names += [f"Trainer{i}" for i in range(TRAINERS)]
        names += [f"User{i}" for i in range(USERS)]
        names += [f"Attestor{i}" for i in range(ATTESTORS)]
        names += [f"Appraiser{i}" for i in range(APPRAISERS)]
        self.port_guard, ports = free_ports(len(names) + 2)
        self.rpc_port = ports.pop()
        self.p2p_port = ports.pop()
        for name, port in zip(names, ports):
            (self.home / name).mkdir()
            self.people[name] = {"port": port, "endpoint": f"http://127.0.0.1:{port}"}
        for i in range(PUBLISHERS):
            shutil.move(data / f"publisher-{i}", self.home / f"Publisher{i}" / "data")
        shutil.move(data / "sponsor", self.home / "Sponsor" / "data")
        self.attacks = Attacks(self, *(
            [name for name in names if name.startswith(role)]
            for role in ("Trainer", "User", "Attestor", "Appraiser")))
        self.attacks.copies()
        self.members = Members(self)
        say(f"    {PUBLISHERS} publishers, a sponsor, {TRAINERS} trainers, {USERS} users,"
            f" {ATTESTORS} attestors, {APPRAISERS} appraisers, each with a home of its own")

    def start_node(self):
        step("A development node on ParityDB, in a fresh folder")
        begun = time.time()
        self.node = Node(self.rpc_port)
        self.start(
            "node",
            [self.bin / "guerdon-node", "--dev", "--base-path", self.home / "chain"]
            + ["--rpc-port", self.rpc_port, "--port", self.p2p_port, "--no-prometheus"]
            + ["--rpc-max-connections", "500", "--no-mdns"],
        )

        def first_block():
            try:
                return self.node.height() > 0
            except OSError:
                return False

        self.wait("the first block", first_block, FIRST_BLOCK)
        self.first_block = time.time() - begun
        say(f"    first block after {self.first_block:.1f} s, {self.node.url}")
        self.idle_before = self.wait("an idle block", self.node.idle_weight, 60)

    def endow(self):
        step("Accounts and their first credits")
        for name in self.people:
            address = self.command(self.bin / "guerdon", "key", "address", f"//{name}")
            self.people[name]["account"] = address.strip()
        amounts = {"Sponsor": 2_000_000} | dict.fromkeys(OTHER_SPONSORS, 5_000)
        payments = []
        for name, person in self.people.items():
            payments += [person["account"], str(amounts.get(name, 2_000))]
        (self.home / "Alice").mkdir()
        self.guerdon("Alice", "credits", "send", *payments)
        say(f"    {len(self.people)} accounts endowed in one batch by //Alice")
        (self.home / "Eve").mkdir()
        self.guerdon("Eve", "assets", "issue", "TUSD", self.people[PAYS_DOLLARS]["account"], "1200")
        say(f"    1,200 test dollars (TUSD, an asset that governance allows) issued to {PAYS_DOLLARS}"
            " by //Eve")

    def register(self):
        step("Attestors and appraisers bond and register")

        def seat(name):
            kind = "attestor" if name.startswith("Attestor") else "appraiser"
            self.guerdon(name, "--wait", "best", kind, "register", "--endpoint",
                         self.people[name]["endpoint"], retry=2)
            if not self.attacks.away(name):
                self.serve(name, *([] if name in self.attacks.liars else [kind]))

        names = [n for n in self.people if n.startswith(("Attestor", "Appraiser"))]
        self.together(seat, names)
        self.serve("Keeper", "keeper")
        say(f"    {len(names)} seats, in force two epochs from now")

    def publish(self):
        step("Datasets are described, announced and published")
        licences = [
            ["--flat-fee", "0", "--price-per-record", "0"],
            ["--flat-fee", "250", "--price-per-record", "0"],
            ["--flat-fee", "0", "--price-per-record", "1.5"],
        ]
        copier = f"Publisher{self.truth['copier']}"
        gated = f"Publisher{self.attacks.gated}"
        names = [f"Publisher{i}" for i in range(PUBLISHERS)]
        order = [name for name in names if name != copier]

        def prepare(name):
            folder = self.home / name / "data"
            sealed = ["--gated"] if name == gated else []
            self.guerdon(name, "dataset", "describe", folder, "--name", f"set-{name.lower()}",
                         "--description", f"Records of {name}", "--licence", "CC-BY-4.0",
                         "--records", "line-after-header", "--creator", name,
                         "--date", time.strftime("%Y-%m-%d"), *sealed)
            self.guerdon(name, "--wait", "best", "dataset", "announce", folder, retry=2)

        def publish(name, *more):
            price = licences[int(name[-1]) % len(licences)] if name in names else []
            shown = self.guerdon(
                name, "dataset", "publish", self.home / name / "data", "--endpoint",
                self.people[name]["endpoint"], *price, *more, retry=2)
            # What follows works with what was published, not with what lies around.
            shutil.move(self.home / name / "data", self.home / f"{name}-source")
            self.serve(name, *(["publisher"] if name == gated else []))
            return shown

        self.together(prepare, [*order, "Sleeper"])
        self.attacks.front_runs(prepare, publish)
        # Whoever copies can only do so after the original was published.
        self.together(publish, order)
        self.attacks.sleeping = publish("Sleeper", "--by-grant")["dataset"]
        prepare(copier)
        publish(copier)
        datasets = self.node.pages("guerdon_v1_datasets")
        owners = {self.people[f"Publisher{i}"]["account"]: i for i in range(PUBLISHERS)}
        self.datasets = {owners[d["owner"]]: d for d in datasets if d["owner"] in owners}
        if len(self.datasets) != PUBLISHERS:
            raise Failed(f"{len(self.datasets)} datasets on chain instead of {PUBLISHERS}")
        table(["dataset", "publisher", "records", "flat fee", "per record", "access",
               "content root"], [
            [d["id"], i, d["content"]["records"], grd(d["licence"]["flatFee"]),
             grd(d["licence"]["pricePerRecord"]), d["access"], d["content"]["root"][:18] + "…"]
            for i, d in sorted(self.datasets.items(), key=lambda item: item[1]["id"])
        ])

    def propose(self):
        step("The sponsor proposes a run; its test set is committed to, not shown")
        data = self.home / "Sponsor" / "data"
        items = len((data / "items.csv").read_text().splitlines()) - 1
        records = max(d["content"]["records"] for d in self.datasets.values())
        numbers = [d["id"] for d in self.datasets.values()]
        plan = {
            "program": "softmax",
            "config": {"batch": 16, "learning_rate": 0.5, "decay": 0.0001},
            "features": "features.json",
            "validation": "validation.csv",
            "tests": "tests.csv",
            "datasets": sorted([*numbers, self.attacks.sleeping]),
            "records_per_task": 200,
            # Small datasets are gone over more often: a task sees some 900 records.
            "passes": max(6, 900 // records),
            "rounds": ROUNDS,
            "feedback": {"items": "items.csv", "batches": 4,
                         "items_per_batch": min(24, items // 4), "gold_per_batch": 8},
            "budget": "1000000.000000000007",
            "split": {"data_provider": 500000, "trainer": 300000, "user": 50000,
                          "attestor": 100000, "appraiser": 50000},
            "max_licence": "auto",
            "bond": "100000.000000000001",
            "tip": "100",
            "tip_per_advance": "0.01",
            "committee": 3,
            "quorum": 2,
            "samples": 8,
            "max_enrolments": 16,
            "appraisers": APPRAISERS,
            "appraiser_quorum": 4,
            "method": "threshold-knn",
            "windows": {"grant": 5, "enrol": 18, "task": 25, "work": 900, "test_reveal": 60,
                        "appraise_commit": 60, "appraise_reveal": 30, "challenge": 5},
        }
        self.proposed = self.node.height(), time.time()
        self.id = self.propose_as("Sponsor", plan)
        say(f"    run {self.id}: budget {plan['budget']} GRD, committees of 3 with quorum 2 (for"
            f" demonstration only), {APPRAISERS} appraisers with quorum 4")
        # Data that is honest and has a price: what pays when nothing can be scored.
        priced = [d["id"] for i, d in self.datasets.items()
                  if self.truth["publishers"][i]["conduct"] == "honest" and i % 3 > 0]
        small = {
            **plan, "datasets": priced, "rounds": 1, "feedback": None, "budget": "1000.000000000003",
            "split": {"data_provider": 500000, "trainer": 350000, "user": 0, "attestor": 100000,
                      "appraiser": 50000},
            "bond": "100.000000000009", "tip": "10",
            "windows": {**plan["windows"], "test_reveal": 20},
        }
        for name in OTHER_SPONSORS:
            shutil.copytree(self.home / "Sponsor-source", self.home / name / "data")
            if name == "Mislabeller":
                self.attacks.mislabel(self.home / name / "data")
            dollars = {"asset": "TUSD", "budget": "1000.000003", "bond": "100.000009"}
            plan = small | (dollars if name == PAYS_DOLLARS else {})
            self.others[name] = self.propose_as(name, plan)
            say(f"    run {self.others[name]} of {name}: {plan['budget']}"
                f" {plan.get('asset', 'GRD')}, one round")

    def propose_as(self, name, plan):
        """Proposes a run whose files are in the sponsor's folder, and serves them."""
        data = self.home / name / "data"
        plan = {**plan, "endpoint": self.people[name]["endpoint"]}
        for file in ("features", "validation", "tests"):
            plan[file] = str(data / plan[file])
        if plan["feedback"] is None:
            del plan["feedback"]
        else:
            plan["feedback"] = {**plan["feedback"], "items": str(data / plan["feedback"]["items"])}
        path = self.home / name / "plan.json"
        path.write_text(json.dumps(plan, indent=1))
        run = self.guerdon(name, "run", "propose", "--plan", path)["run"]
        shutil.move(data, self.home / f"{name}-source")
        self.serve(name, *([] if name == "Vanisher" else ["sponsor"]))
        return run

    def progress(self):
        run = self.show()
        if run["state"] != "working":
            return f"{run['state']}, until block {run['deadline']} at the latest"
        stage = run["stage"]["kind"] if isinstance(run["stage"], dict) else run["stage"]
        return (f"round {min(run['round'] + 1, ROUNDS)} ({stage}): {run['roundDone']} of"
                f" {run['tasksPerRound']} tasks done, {run['accepted']} receipts accepted")

    def work(self):
        step("Trainers and users enrol")
        runs = [self.id, *self.others.values()]
        self.wait("enrolment", lambda: all(self.show(run)["state"] == "enrolling" for run in runs),
                  120, self.progress)
        workers = [(f"Trainer{i}", "trainer") for i in range(TRAINERS)]
        workers += [(f"User{i}", "user") for i in range(USERS)]

        def join(worker):
            name, role = worker
            person = self.people[name]
            joined = [self.id]
            forges = name == self.forger and not self.all_work
            if role == "trainer" and not forges and not self.attacks.away(name):
                joined = runs
            for run in joined:
                self.guerdon(name, "--wait", "best", "run", "join", run, "--role", role,
                             "--endpoint", person["endpoint"], retry=2)
            if self.attacks.away(name):
                return
            program = "forger" if forges else "guerdon"
            command = [self.bin / program, "--home", self.home / name, "--url",
                       self.node.websocket, "--signer", f"//{name}"]
            if program == "guerdon":
                command.append("work")
            command += ["--listen", f"127.0.0.1:{person['port']}", "--endpoint",
                        person["endpoint"]]
            if role == "user":
                labeller = [sys.executable, str(self.home / "label.py"),
                            SKILLS[int(name[-1])]]
                command += ["--labeller", shlex.join(labeller)]
            self.start(name, command)

        self.write_labeller()
        self.together(join, workers)
        step(f"{ROUNDS} rounds of training, every receipt attested by re-execution")
        self.attacks.when_dealt(self.id)
        seen = set()

        def latest():
            return self.guerdon("Keeper", "--at", "best", "run", "show", self.id, "--tasks")

        def finished():
            run = latest()
            if run["round"] > 0 and self.killed is None:
                self.attacks.after_a_round(self.id, self.others["Mislabeller"])
                self.kill_two()
            for task in run["tasks"]:
                self.notice(task, seen)
            return self.show()["state"] not in ("enrolling", "working")

        self.wait("the end of the work", finished, 1800, self.progress)
        self.tasks = latest()["tasks"]
        for task in self.tasks:
            self.notice(task, seen)
        self.attacks.after_work(self.id)

    def kill_two(self):
        """Kills the daemons of a trainer and an attestor, and starts them with what they had."""
        random = Random(self.options.seed)
        trainers = [f"Trainer{i}" for i in range(TRAINERS)]
        there = [name for name in self.processes if name != self.forger]
        trainer = random.choice([name for name in trainers if name in there])
        attestor = random.choice([name for name in there if name.startswith("Attestor")])
        with self.killing:
            self.kill(trainer)
            self.kill(attestor)
            # Read when both are dead: what is dealt after that can only be done by their successors.
            run = self.node.call("guerdon_v1_run", self.id, self.node.call("chain_getBlockHash"))
            block, tasks = run["at"]["number"], run["tasks"]
            self.start_again(trainer)
            self.start_again(attestor)
        self.killed = {"trainer": trainer, "attestor": attestor, "block": block, "tasks": tasks}
        say(f"    {trainer} and {attestor} were killed at block {block} and started again")

    def notice(self, task, seen):
        """Prints what is worth knowing about a task, once."""
        key = (task["task"], task["state"])
        if key in seen:
            return
        if task["state"] == "done" and task["work"] == "aggregate":
            accuracy = self.accuracy(task)
            if accuracy is None:
                return
            say(f"    round {task['round'] + 1}: accuracy on the public validation set"
                f" {accuracy:.2f} %")
        seen.add(key)
        if task["state"] == "open":
            return
        if task["state"] == "missed":
            say(f"    task {task['task']} of {self.name_of(task['contributor'])} was missed:"
                f" no quorum attested it, it is dealt again")

    def accuracy(self, task):
        """What an accepted receipt says of its result, in per cent; None until it is final."""
        try:
            receipt = self.node.call("guerdon_v1_receipt", task["receipt"])
        except Failed:
            return None
        return receipt["metricAfter"] / 10_000

    def write_labeller(self):
        """A person who labels images: right as often as their skill says, seeded by the item."""
        items = (self.home / "Sponsor-source" / "items.csv").read_text().splitlines()
        (self.home / "answers.csv").write_text("\n".join(items))
        shutil.copy(PARTS / "label.py", self.home)

    def appraise(self):
        step("The test set is revealed; appraisers are drawn, commit, reveal; the chain scores")
        runs = [self.id, *self.others.values()]
        self.wait("the settlement", lambda: all(self.show(run)["state"] == "settled" for run in runs),
                  1200, self.progress)

    def claim(self):
        step("Everybody claims")
        for run in (self.id, *self.others.values()):
            before = self.show(run)
            claimable = amount(before["books"]["claimable"], before["plan"]["asset"])
            say(f"    run {run}: claimable {claimable}")
            self.guerdon("Keeper", "credits", "claim", "--run", run)
            if run == self.id:
                self.claimed = self.node.height(), time.time()

    def wallets(self, *arguments):
        return self.command(PARTS.parent / "wallets.sh", *arguments)

    def audit(self, *arguments):
        return self.command(PARTS.parent / "audit.sh", *arguments)

    def keep(self):
        say(f"""
Node and daemons keep running; their folders are in {self.home}.
Connect a wallet to {self.node.websocket}
(polkadot.js apps: custom endpoint; no custom types are needed).
Stop everything with Ctrl-C.""")
        while True:
            time.sleep(1)


def seed(text):
    number = int(text)
    if not 0 <= number < 2**64:
        raise ValueError
    return number


def count(text):
    number = int(text)
    if not 0 < number <= 1000:
        raise ValueError
    return number


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", choices=sorted(ACCURACY), default="digits")
    parser.add_argument("--seed", type=seed, default=1, help="decides the split and who misbehaves")
    parser.add_argument("--keep", action="store_true",
                        help="leave node and daemons running and say how to connect a wallet")
    parser.add_argument("--wallets", action="store_true",
                        help="let the libraries of docs/wallets.md claim first, and a light client"
                        " follow the chain")
    parser.add_argument("--audit", action="store_true",
                        help="let the auditor of docs/audit.md replay the whole chain in the end")
    parser.add_argument("--kills", type=count, default=0, metavar="N",
                        help="kill the node and daemons N times, as a power failure would, at"
                        " moments that the seed decides; nobody forges or stays away then")
    parser.add_argument("--result", type=Path, metavar="FILE",
                        help="write to FILE what every run with this data and seed must come to when"
                        " nobody forges or stays away, or fail when FILE is there and says"
                        " something else")
    parser.add_argument("--bin", default="target/release", help="where the programs are")
    # What demo.sh asks before it builds: whether the options make sense.
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def explain(error, demo):
    """Why the demo failed, with what may be behind it. Where it did is left to the logs."""
    with suppress(OSError):
        (demo.home / "demo.log").write_text(traceback.format_exc())
    why = str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
    # Whoever lost a connection can know that before the process at its other end is gone.
    time.sleep(1)
    behind = [end for end in demo.ended() if end not in why]
    return "\n".join([why] + behind)


def main():
    options = parse()
    if options.check:
        return
    try:
        demo = Demo(options)
    except OSError as error:
        sys.exit(f"The demo failed: {error}")

    def interrupted(number, _):
        ignore_signals()
        demo.abandon()
        sys.exit(128 + number)

    for number in SIGNALS:
        signal.signal(number, interrupted)
    failed, logs = False, None
    # What is printed may go nowhere by now; that must not keep anything running.
    try:
        demo.run()
        if options.keep:
            demo.keep()
    except SystemExit:
        with suppress(OSError):
            say("\nStopping.")
        raise
    except Exception as error:
        ignore_signals()
        failed = True
        with suppress(OSError):
            say(f"\nThe demo failed: {explain(error, demo)}")
    finally:
        ignore_signals()
        demo.stop()
        if failed:
            logs = demo.keep_logs()
        demo.clean(logs)
    if failed:
        say(f"The logs are in {logs}.")
        sys.exit(1)


if __name__ == "__main__":
    main()
