#!/usr/bin/env python3
"""From a dataset to a paid credit, on a live development chain.

Every role has a home folder and a process of its own; between them lie only the chain and their
daemons. Who misbehaves is decided by the seed, and only the checks at the end know it.
"""

import argparse
import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

GRD = 10**12
ROLES = ["dataProvider", "trainer", "user", "attestor", "appraiser"]
PUBLISHERS, TRAINERS, USERS, ATTESTORS, APPRAISERS, ROUNDS = 8, 3, 2, 9, 5, 3
#: Where the chain keeps what a block cost: twox128("System"), twox128("BlockWeight").
BLOCK_WEIGHT = "0x26aa394eea5630e07c48ae0c9558cef734abf5cb34d6244378cddbf18e849d96"
#: Where deposits go that are lost: the runtime's pallet id "grd/lost".
FORFEITED = "5EYCAe5gvpAVEu8z3ox84pnGwveWkwLn3T48LpcaeqCMzv8r"
#: The least accuracy on the public validation set, in per cent, after the last round.
ACCURACY = {"digits": 90, "breast_cancer": 90, "winequality": 50}
#: Seconds in which the node must have made its first block, and megabytes that it may hold.
FIRST_BLOCK, MEMORY = 120, 400


class Failed(Exception):
    """Something that should hold does not."""


def say(text=""):
    print(text, flush=True)


def step(text):
    say(f"\n\033[1m{time.strftime('%H:%M:%S')}  {text}\033[0m")


def grd(units):
    units = int(units)
    return f"{units // GRD:,}.{units % GRD:012d}"


def table(heads, rows):
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in [heads] + rows) for i in range(len(heads))]
    numeric = [all(row[i][:1] in "-0123456789" for row in rows) for i in range(len(heads))]

    def line(cells):
        padded = [c.rjust(w) if n else c.ljust(w) for c, w, n in zip(cells, widths, numeric)]
        return "  " + "  ".join(padded).rstrip()

    say(line(heads))
    say("  " + "  ".join("-" * width for width in widths))
    for row in rows:
        say(line(row))


def free_ports(count):
    """Ports for the whole demo: the first stays bound, so that two demos never share the others.

    They lie below those that the system gives to outgoing connections, one of which could take a
    port between now and its daemon's start."""
    for first in range(20_000, 32_000, count + 1):
        sockets = [socket.socket() for _ in range(count + 1)]
        try:
            for port, each in enumerate(sockets, first):
                each.bind(("127.0.0.1", port))
        except OSError:
            for each in sockets:
                each.close()
            continue
        for each in sockets[1:]:
            each.close()
        return sockets[0], list(range(first + 1, first + 1 + count))
    raise Failed(f"{count + 1} neighbouring free ports are needed between 20000 and 32000")


def compacts(data):
    """The compact integers (SCALE) that follow each other in some bytes."""
    numbers = []
    while data:
        mode = data[0] & 3
        length = 4 + (data[0] >> 2) if mode == 3 else 1 << mode
        start, shift = (1, 0) if mode == 3 else (0, 2)
        numbers.append(int.from_bytes(data[start:start + length], "little") >> shift)
        data = data[start + length:]
    return numbers


class Node:
    """The JSON-RPC of a node, as anybody with curl has it."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"
        self.websocket = f"ws://127.0.0.1:{port}"

    def ask(self, method, *params):
        """The whole answer, be it a result or an error."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})
        request = urllib.request.Request(
            self.url, body.encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    def call(self, method, *params):
        answer = self.ask(method, *params)
        if "error" in answer:
            raise Failed(f"{method}{params}: {answer['error']}")
        return answer["result"]

    def pages(self, method, *params):
        cursor, items = None, []
        while True:
            page = self.call(method, *params, cursor)
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                return items

    def height(self):
        return int(self.call("chain_getHeader")["number"], 16)

    def idle_weight(self, blocks=12):
        """Picoseconds and bytes of proof of the lightest of the latest blocks that carry nothing
        but the time; None without such a block. The chain's first blocks weigh more."""
        height, weights = self.height(), []
        for number in range(max(3, height - blocks), height + 1):
            at = self.call("chain_getBlockHash", number)
            if len(self.call("chain_getBlock", at)["block"]["extrinsics"]) == 1:
                parts = compacts(bytes.fromhex(self.call("state_getStorage", BLOCK_WEIGHT, at)[2:]))
                weights.append((sum(parts[0::2]), sum(parts[1::2])))
        return min(weights, default=None)


class Demo:
    def __init__(self, options):
        self.options = options
        self.bin = Path(options.bin)
        self.home = Path(tempfile.mkdtemp(prefix="guerdon-demo-"))
        self.processes = []
        self.people = {}

    # Processes

    def start(self, name, command, **more):
        log = open(self.home / f"{name}.log", "ab")
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **more,
        )
        self.processes.append((name, process))
        return process

    def stop(self):
        for _, process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
        deadline = time.time() + 10
        for _, process in self.processes:
            try:
                process.wait(max(0.1, deadline - time.time()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
        self.processes = []

    def clean(self):
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def check_running(self):
        for name, process in self.processes:
            if process.poll() is not None:
                raise Failed(
                    f"{name} stopped with {process.returncode}; the end of its log:\n"
                    + self.log(name)
                )

    def log(self, name, lines=15):
        text = (self.home / f"{name}.log").read_text(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def guerdon(self, name, *arguments, retry=0):
        """Runs one command of the command line as a person, and gives its JSON."""
        command = [self.bin / "guerdon", "--home", self.home / name, "--url", self.node.websocket]
        command += ["--signer", f"//{name}", "--output", "json", "--yes", *arguments]
        command = [str(part) for part in command]
        for attempt in range(retry + 1):
            done = subprocess.run(command, capture_output=True, text=True, timeout=600)
            if done.returncode == 0:
                return json.loads(done.stdout) if done.stdout.strip() else None
            if attempt < retry:
                time.sleep(4)
        raise Failed(f"{' '.join(command)}\n{done.stdout}{done.stderr}")

    def together(self, function, items):
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(function, items))

    def wait(self, what, ready, seconds=600, show=lambda: ""):
        begun, shown = time.time(), None
        while True:
            self.check_running()
            found = ready()
            if found:
                return found
            text = show()
            if text and text != shown:
                say(f"    {time.strftime('%H:%M:%S')}  {text}")
                shown = text
            if time.time() - begun > seconds:
                raise Failed(f"{what} did not happen within {seconds} s")
            time.sleep(1)

    # The story

    def run(self):
        begun = time.time()
        self.prepare()
        self.start_node()
        self.endow()
        self.register()
        self.publish()
        self.propose()
        self.work()
        self.appraise()
        self.claim()
        self.results()
        self.checks()
        say(f"\nEverything held. {time.time() - begun:.0f} s in all.")

    def prepare(self):
        step(f"Real data: {self.options.data}, seed {self.options.seed}")
        data = self.home / "data"
        subprocess.run(
            [self.bin / "sample-data", "--data", self.options.data]
            + ["--seed", str(self.options.seed), "--publishers", str(PUBLISHERS), str(data)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        self.truth = json.loads((data / "roles.json").read_text())
        (data / "roles.json").unlink()
        names = ["Sponsor", "Keeper"]
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
        say(f"    {PUBLISHERS} publishers, a sponsor, {TRAINERS} trainers, {USERS} users,"
            f" {ATTESTORS} attestors, {APPRAISERS} appraisers, each with a home of its own")

    def start_node(self):
        step("A development node on ParityDB, in a fresh folder")
        begun = time.time()
        self.node = Node(self.rpc_port)
        self.node_process = self.start(
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
            listed = subprocess.run(
                [self.bin / "guerdon", "key", "address", f"//{name}"],
                check=True, capture_output=True, text=True,
            )
            self.people[name]["account"] = listed.stdout.strip()
        amounts = {"Sponsor": 2_000_000}
        payments = []
        for name, person in self.people.items():
            payments += [person["account"], str(amounts.get(name, 2_000))]
        (self.home / "Alice").mkdir()
        self.guerdon("Alice", "credits", "send", *payments)
        say(f"    {len(self.people)} accounts endowed in one batch by //Alice")

    def serve(self, name, *roles):
        person = self.people[name]
        command = [self.bin / "guerdon", "--home", self.home / name]
        command += ["--url", self.node.websocket, "--signer", f"//{name}", "serve"]
        command += ["--listen", f"127.0.0.1:{person['port']}", "--endpoint", person["endpoint"]]
        for role in roles:
            command += ["--role", role]
        self.start(name, command)

    def register(self):
        step("Attestors and appraisers bond and register")

        def seat(name):
            kind = "attestor" if name.startswith("Attestor") else "appraiser"
            self.guerdon(name, "--wait", "best", kind, "register", "--endpoint",
                         self.people[name]["endpoint"], retry=2)
            self.serve(name, kind)

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
        copier = self.truth["copier"]
        order = [i for i in range(PUBLISHERS) if i != copier]

        def prepare(i):
            name = f"Publisher{i}"
            folder = self.home / name / "data"
            self.guerdon(name, "dataset", "describe", folder, "--name", f"set-{i}",
                         "--description", f"Records of publisher {i}", "--licence", "CC-BY-4.0",
                         "--records", "line-after-header", "--creator", name,
                         "--date", time.strftime("%Y-%m-%d"))
            self.guerdon(name, "--wait", "best", "dataset", "announce", folder, retry=2)

        def publish(i):
            name = f"Publisher{i}"
            shown = self.guerdon(
                name, "dataset", "publish", self.home / name / "data", "--endpoint",
                self.people[name]["endpoint"], *licences[i % len(licences)], retry=2)
            # What follows works with what was published, not with what lies around.
            shutil.move(self.home / name / "data", self.home / f"{name}-source")
            self.serve(name)
            return shown

        self.together(prepare, order)
        # Whoever copies can only do so after the original was published.
        self.together(publish, order)
        prepare(copier)
        publish(copier)
        datasets = self.node.pages("guerdon_v1_datasets")
        owners = {self.people[f"Publisher{i}"]["account"]: i for i in range(PUBLISHERS)}
        self.datasets = {owners[d["owner"]]: d for d in datasets if d["owner"] in owners}
        if len(self.datasets) != PUBLISHERS:
            raise Failed(f"{len(self.datasets)} datasets on chain instead of {PUBLISHERS}")
        table(["dataset", "publisher", "records", "flat fee", "per record", "content root"], [
            [d["id"], i, d["content"]["records"], grd(d["licence"]["flatFee"]),
             grd(d["licence"]["pricePerRecord"]), d["content"]["root"][:18] + "…"]
            for i, d in sorted(self.datasets.items(), key=lambda item: item[1]["id"])
        ])

    def propose(self):
        step("The sponsor proposes a run; its test set is committed to, not shown")
        data = self.home / "Sponsor" / "data"
        items = len((data / "items.csv").read_text().splitlines()) - 1
        records = max(d["content"]["records"] for d in self.datasets.values())
        plan = {
            "program": "softmax",
            "config": {"batch": 16, "learning_rate": 0.5, "decay": 0.0001},
            "features": str(data / "features.json"),
            "validation": str(data / "validation.csv"),
            "tests": str(data / "tests.csv"),
            "datasets": "all",
            "records_per_task": 200,
            # Small datasets are gone over more often: a task sees some 900 records.
            "passes": max(6, 900 // records),
            "rounds": ROUNDS,
            "feedback": {"items": str(data / "items.csv"), "batches": 4,
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
            "windows": {"grant": 5, "enrol": 12, "task": 25, "work": 900, "test_reveal": 60,
                        "appraise_commit": 60, "appraise_reveal": 60, "challenge": 5},
            "endpoint": self.people["Sponsor"]["endpoint"],
        }
        path = self.home / "Sponsor" / "plan.json"
        path.write_text(json.dumps(plan, indent=1))
        shown = self.guerdon("Sponsor", "run", "propose", "--plan", path)
        self.id = shown["run"]
        shutil.move(data, self.home / "Sponsor-source")
        self.serve("Sponsor", "sponsor")
        say(f"    run {self.id}: budget {plan['budget']} GRD, committees of 3 with quorum 2 (for"
            " demonstration only), 5 appraisers with quorum 4")

    def show(self):
        return self.node.call("guerdon_v1_run", self.id)

    def progress(self):
        run = self.show()
        if run["state"] != "working":
            return f"{run['state']}, until block {run['deadline']} at the latest"
        stage = run["stage"]["kind"] if isinstance(run["stage"], dict) else run["stage"]
        return (f"round {min(run['round'] + 1, ROUNDS)} ({stage}): {run['roundDone']} of"
                f" {run['tasksPerRound']} tasks done, {run['accepted']} receipts accepted")

    def work(self):
        step("Trainers and users enrol")
        self.wait("enrolment", lambda: self.show()["state"] == "enrolling", 120, self.progress)
        workers = [(f"Trainer{i}", "trainer") for i in range(TRAINERS)]
        workers += [(f"User{i}", "user") for i in range(USERS)]
        forger = f"Trainer{self.truth['forger']}"

        def join(worker):
            name, role = worker
            person = self.people[name]
            self.guerdon(name, "--wait", "best", "run", "join", str(self.id), "--role", role,
                         "--endpoint", person["endpoint"], retry=2)
            program = "forger" if name == forger else "guerdon"
            command = [self.bin / program, "--home", self.home / name, "--url",
                       self.node.websocket, "--signer", f"//{name}"]
            if program == "guerdon":
                command.append("work")
            command += ["--listen", f"127.0.0.1:{person['port']}", "--endpoint",
                        person["endpoint"]]
            if role == "user":
                labeller = self.home / "label.py"
                skill = 95 if name == "User0" else 60
                command += ["--labeller", f"{sys.executable} {labeller} {skill}"]
            self.start(name, command)

        self.write_labeller()
        self.together(join, workers)
        step(f"{ROUNDS} rounds of training, every receipt attested by re-execution")
        seen = set()

        def finished():
            for task in self.guerdon("Keeper", "--at", "best", "run", "show", str(self.id),
                                     "--tasks")["tasks"]:
                self.notice(task, seen)
            return self.show()["state"] not in ("enrolling", "working")

        self.wait("the end of the work", finished, 1800, self.progress)
        self.tasks = self.guerdon("Keeper", "--at", "best", "run", "show", str(self.id),
                                     "--tasks")["tasks"]

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

    def name_of(self, account):
        for name, person in self.people.items():
            if person.get("account") == account:
                return name
        return account[:10] + "…"

    def write_labeller(self):
        """A person who labels images: right as often as their skill says, seeded by the item."""
        items = (self.home / "Sponsor-source" / "items.csv").read_text().splitlines()
        (self.home / "answers.csv").write_text("\n".join(items))
        (self.home / "label.py").write_text(LABELLER)

    def appraise(self):
        step("The test set is revealed; appraisers are drawn, commit, reveal; the chain scores")
        self.wait("the settlement", lambda: self.show()["state"] == "settled", 1200, self.progress)

    def claim(self):
        step("Everybody claims")
        before = self.show()["books"]
        say(f"    claimable {grd(before['claimable'])} GRD")
        self.guerdon("Keeper", "credits", "claim", "--run", str(self.id))

    # What came of it

    def results(self):
        run = self.show()
        self.final = run
        contributions = {}
        for name, person in self.people.items():
            for item in self.node.call("guerdon_v1_account", person["account"])["contributions"]:
                if item["run"] == self.id and item["payee"] == person["account"]:
                    contributions[(name, item["role"])] = item
        self.contributions = contributions
        step("Contributors")
        table(["who", "role", "units", "weight", "credit (GRD)"], [
            [name, role, item["units"], item["weight"], grd(item["entitlement"] or 0)]
            for (name, role), item in sorted(
                contributions.items(), key=lambda i: (ROLES.index(i[0][1]), i[0][0]))
        ])
        step("Datasets")
        appraisal = self.guerdon("Keeper", "valuation", "verify", str(self.id))
        self.scores = {int(s["dataset"]): s for s in appraisal["datasets"]}
        kept = {d["dataset"]: d for d in run["datasets"]}
        rows = []
        for i, dataset in sorted(self.datasets.items()):
            identity = dataset["id"]
            pay = contributions.get((f"Publisher{i}", "dataProvider"))
            score = self.scores.get(identity, {})
            rows.append([
                identity, f"Publisher{i}", self.truth["publishers"][i]["conduct"],
                kept[identity]["used"], score.get("records_kept", "-"),
                f"{int(score.get('score', 0)) / 2**64:.3f}",
                grd(kept[identity]["vested"]), grd(pay["entitlement"] if pay else 0),
            ])
        table(["id", "publisher", "(conduct)", "used", "kept", "score", "licence pay",
               "score pay"], rows)
        step("One credit explained")
        first = next(i for (n, r), i in contributions.items() if r == "dataProvider"
                     and int(i["entitlement"] or 0) > 0)
        shown = subprocess.run(
            [self.bin / "guerdon", "--url", self.node.websocket, "credits", "explain",
             str(first["pool"]), str(first["index"])],
            capture_output=True, text=True, check=True)
        say("    " + "\n    ".join(shown.stdout.strip().splitlines()))

    def checks(self):
        step("Checks")
        self.failures = 0
        books = {k: int(v) for k, v in self.final["books"].items()}
        money_in = (books["budgetIn"] + books["licenceIn"] + books["bondIn"] + books["tipIn"])
        out = (books["paid"] + books["claimable"] + books["escrow"] + books["returned"]
               + books["released"])
        say(f"    paid {grd(books['paid'])} + claimable {grd(books['claimable'])} + escrow"
            f" {grd(books['escrow'])} + returned {grd(books['returned'])} + tips and refunds"
            f" {grd(books['released'])}\n    = {grd(out)}\n    = budget"
            f" {grd(books['budgetIn'])} + licences {grd(books['licenceIn'])} + bond"
            f" {grd(books['bondIn'])} + tips {grd(books['tipIn'])}")
        self.holds("money out equals money in, to the unit", money_in == out)
        conservation = self.node.call("guerdon_v1_conservation")
        self.holds("the pot lacks nothing and keeps its existential deposit",
                   int(conservation["missing"]) == 0 and int(conservation["surplus"]) == 0)
        self.holds("everything claimable was claimed", books["claimable"] == 0)

        per_record, honest = {}, []
        used = {d["dataset"]: d["used"] for d in self.final["datasets"]}
        for i, dataset in self.datasets.items():
            pay = self.contributions.get((f"Publisher{i}", "dataProvider"))
            amount = int(pay["entitlement"] or 0) if pay else 0
            conduct = self.truth["publishers"][i]["conduct"]
            value = amount / max(1, used[dataset["id"]])
            per_record.setdefault(conduct, []).append(value)
        honest = min(per_record["honest"])
        self.holds("every honest publisher earns by its score", honest > 0)
        self.holds("flipped labels earn clearly less per record (below 60 % of the least honest)",
                   max(per_record["flipped"]) < 0.6 * honest)
        for conduct in ("copied", "noise"):
            self.holds(f"{conduct} records earn about nothing by score (below 5 %)",
                       max(per_record[conduct]) < 0.05 * honest)
        forger = f"Trainer{self.truth['forger']}"
        self.holds(f"the forger ({forger}) has no accepted receipt and no credit",
                   (forger, "trainer") not in self.contributions)
        refusals = sum(
            self.log(n, 100_000).count("refused") for n in self.people if n.startswith("Attestor"))
        self.holds(f"attestors found the forgery by re-execution ({refusals} refusals)",
                   refusals > 0)
        missed = [t for t in self.tasks if t["state"] == "missed"]
        self.holds(f"what the forger could not prove was dealt again ({len(missed)} tasks)",
                   len(missed) > 0)
        rounds = [t for t in self.tasks if t["state"] == "done" and t["work"] == "aggregate"]
        last = self.accuracy(max(rounds, key=lambda t: t["round"])) if rounds else 0
        self.holds(f"{ROUNDS} rounds ended, the last at {last:.2f} %",
                   len(rounds) == ROUNDS and last >= ACCURACY[self.options.data])
        idle = self.wait("an idle block", self.node.idle_weight, 120)
        self.holds(f"an idle block weighs what it weighed before the run ({idle[0] / 1e6:.0f} us,"
                   f" {idle[1]} bytes of proof)", idle == self.idle_before)
        workers = [p["account"] for n, p in self.people.items() if n.startswith(("Trainer", "User"))]
        held = lambda who: int(self.node.call("guerdon_v1_account", who)["held"])
        self.wait("the return of all deposits", lambda: not any(map(held, workers)), 120)
        lost = int(self.node.call("guerdon_v1_account", FORFEITED)["free"])
        self.holds(f"the keeper gave deposits back; the forger's was lost ({grd(lost)} GRD)",
                   lost == 10 * GRD)
        self.nonsense()
        self.curl()
        status = Path(f"/proc/{self.node_process.pid}/status").read_text().split()
        memory = int(status[status.index("VmRSS:") + 1]) * 1024 / 1e6
        self.holds(f"the node holds {memory:.0f} MB of memory, below {MEMORY}", memory < MEMORY)
        self.measured(memory, idle)
        if self.failures:
            raise Failed(f"{self.failures} checks failed")

    def measured(self, memory, idle):
        step("Measured")
        before = self.idle_before
        table(["what", "measured", "compared with"], [
            ["time to the first block", f"{self.first_block:.1f} s", f"at most {FIRST_BLOCK} s"],
            ["memory of the node", f"{memory:.0f} MB", f"below {MEMORY} MB"],
            ["weight of an idle block: time", f"{idle[0] / 1e6:.0f} us",
             f"before the run {before[0] / 1e6:.0f} us"],
            ["weight of an idle block: proof", f"{idle[1]} bytes",
             f"before the run {before[1]} bytes"],
        ])

    def holds(self, what, is_so):
        say(f"    {'ok  ' if is_so else 'FAIL'}  {what}")
        self.failures += not is_so

    def nonsense(self):
        """Questions that make no sense, each with the error that docs/rpc.md promises."""
        account = self.people["Publisher0"]["account"]
        mistyped = account[:-1] + ("a" if account[-1] != "a" else "b")
        nowhere = "0x" + "11" * 32
        asked = [
            ("guerdon_v1_account", [mistyped], -32102),
            ("guerdon_v1_account", [account, nowhere], -32104),
            ("guerdon_v1_account", [], -32602),
            ("guerdon_v1_run", [2**64 - 1], -32101),
            ("guerdon_v1_run", [-1], -32108),
            ("guerdon_v1_receipt", ["0x12"], -32108),
            ("guerdon_v1_receipt", [nowhere], -32101),
            ("guerdon_v1_runs", [None, 65], -32105),
            ("guerdon_v1_runs", ["f" * 1_000_000], -32103),
            ("author_submitExtrinsic", ["0x" + "00" * 40], 1002),
        ]
        wrong = [(method, code, answer) for method, params, code in asked
                 if (answer := self.node.ask(method, *params)).get("error", {}).get("code") != code]
        self.holds(f"questions that make no sense get their errors ({len(asked)} asked)", not wrong)
        for method, code, answer in wrong:
            say(f"          {method}: {code} expected, {str(answer)[:200]}")

    def curl(self):
        account = self.people["Publisher0"]["account"]
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "guerdon_v1_account",
                           "params": [account]})
        command = ["curl", "-s", "-H", "Content-Type: application/json", "-d", body,
                   self.node.url]
        answer = subprocess.run(command, capture_output=True, text=True).stdout
        free = json.loads(answer)["result"]["free"]
        say(f"    $ curl -H 'Content-Type: application/json' -d '{body}' {self.node.url}")
        self.holds(f"a plain curl shows a balance: {grd(free)} GRD", int(free) > 0)

    def keep(self):
        say(f"""
Node and daemons keep running; their folders are in {self.home}.
Connect a wallet to {self.node.websocket} (polkadot.js apps: custom endpoint; no custom types are needed).
Stop everything with Ctrl-C.""")
        while True:
            time.sleep(1)


LABELLER = '''"""Labels items as a person does: right as often as their skill says."""
import json, random, sys
from pathlib import Path

skill = int(sys.argv[1])
lines = (Path(__file__).parent / "answers.csv").read_text().splitlines()[1:]
rows = [[float(cell) for cell in line.split(",")] for line in lines]
columns = list(zip(*rows))[:-1]
low, high = [min(c) for c in columns], [max(c) for c in columns]
spec = json.loads((Path(__file__).parent / "Sponsor-source" / "features.json").read_text())["csv"]
unit = [10 ** c["decimals"] for c in spec["columns"]]
known = []
for row in rows:
    values = [min(max(v * u, c["min"]), c["max"]) for v, u, c in zip(row, unit, spec["columns"])]
    known.append(([round((v - c["min"]) * 255 / (c["max"] - c["min"]))
                   for v, c in zip(values, spec["columns"])], int(row[-1])))
for line in sys.stdin:
    item = json.loads(line)
    item = item["features"] if isinstance(item, dict) else item
    label = min(known, key=lambda k: sum((a - b) ** 2 for a, b in zip(k[0], item)))[1]
    if random.Random(str(item) + sys.argv[1]).randrange(100) >= skill:
        label = (label + 1) % spec["classes"]
    print(label, flush=True)
'''


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", choices=sorted(ACCURACY), default="digits")
    parser.add_argument("--seed", type=int, default=1, help="decides the split and who misbehaves")
    parser.add_argument("--keep", action="store_true",
                        help="leave node and daemons running and say how to connect a wallet")
    parser.add_argument("--bin", default="target/release", help="where the programs are")
    options = parser.parse_args()
    demo = Demo(options)
    atexit.register(demo.clean)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    try:
        demo.run()
        if options.keep:
            demo.keep()
    except (Failed, KeyError, subprocess.SubprocessError) as error:
        say(f"\nThe demo failed: {error!r}" if isinstance(error, KeyError) else f"\nThe demo failed: {error}")
        kept = Path(tempfile.gettempdir()) / "guerdon-demo-logs"
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        for log in demo.home.glob("*.log"):
            shutil.copy(log, kept)
        say(f"The logs are in {kept}.")
        sys.exit(1)
    except KeyboardInterrupt:
        say("\nStopping.")
        sys.exit(130)


if __name__ == "__main__":
    main()
