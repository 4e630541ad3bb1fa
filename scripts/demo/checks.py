"""What came of it: the tables and the checks, all from what the chain and the daemons say."""

import json
import os
import re
from pathlib import Path

from output import GRD, grd, say, step, table
from processes import Failed

ROLES = ["dataProvider", "trainer", "user", "attestor", "appraiser"]
#: The treasury, where deposits go that are lost: the runtime's pallet id "grd/trsy".
TREASURY = "5EYCAe5gvpAVF9NGG3RExp86fo3Mj4BvuUbSYFci64rYFcPA"
#: What it has from the beginning.
EXISTENTIAL_DEPOSIT = 10**6
#: The least accuracy on the public validation set, in per cent, after the last round.
ACCURACY = {"digits": 90, "breast_cancer": 90, "winequality": 50}
#: Seconds in which the node must have made its first block, and megabytes that it may hold.
FIRST_BLOCK, MEMORY = 120, 400
#: An attestor's log, where it judged a receipt and does not sign: run, task, reason.
REFUSED = re.compile(r' refused run=(\d+) task=(\d+) receipt="[0-9a-f]{64}" refusal=(\w+)')


def divided(total, weights):
    """What each weight gets of a total: at every node of the tree (its shape is RFC 9162's) the left
    side gets its part, rounded down, and the right side the rest."""
    if len(weights) == 1:
        return [total]
    left = 1 << (len(weights) - 1).bit_length() - 1
    sums = sum(weights[:left]), sum(weights)
    part = total * sums[0] // sums[1] if sums[1] else 0
    return divided(part, weights[:left]) + divided(total - part, weights[left:])


class Outcome:
    def __init__(self, demo):
        self.demo = demo
        self.node = demo.node
        self.failures = 0
        self.run = demo.show()
        self.contributions = {}
        for name, person in demo.people.items():
            for item in self.node.call("guerdon_v1_account", person["account"])["contributions"]:
                if item["run"] == demo.id and item["payee"] == person["account"]:
                    self.contributions[(name, item["role"])] = item

    # Tables

    def show(self):
        step("Contributors")
        table(["who", "role", "units", "weight", "credit (GRD)"], [
            [name, role, item["units"], item["weight"], grd(item["entitlement"] or 0)]
            for (name, role), item in sorted(
                self.contributions.items(), key=lambda i: (ROLES.index(i[0][1]), i[0][0]))
        ])
        step("Datasets")
        self.datasets()
        step("One credit explained")
        self.explain()
        self.demo.attacks.show(self)

    def datasets(self):
        demo = self.demo
        shown = demo.guerdon("Keeper", "valuation", "show", demo.id)
        scores = {score["dataset"]: int(score["score"]) for score in shown["scores"]}
        kept = {d["dataset"]: d for d in self.run["datasets"]}
        rows = []
        for i, dataset in sorted(demo.datasets.items()):
            identity = dataset["id"]
            rows.append([
                identity, f"Publisher{i}", demo.truth["publishers"][i]["conduct"],
                kept[identity]["used"], f"{scores.get(identity, 0) / 2**64:.3f}",
                grd(kept[identity]["vested"]), grd(self.earned(f"Publisher{i}", "dataProvider")),
            ])
        table(["id", "publisher", "(conduct)", "used", "score", "licence pay", "score pay"], rows)

    def explain(self):
        paid = [item for (_, role), item in self.contributions.items()
                if role == "dataProvider" and int(item["entitlement"] or 0) > 0]
        if not paid:
            raise Failed("no dataset earned anything")
        shown = self.demo.command(
            self.demo.bin / "guerdon", "--url", self.node.websocket, "credits", "explain",
            paid[0]["pool"], paid[0]["index"])
        say("    " + "\n    ".join(shown.strip().splitlines()))

    def earned(self, name, role):
        item = self.contributions.get((name, role))
        return int(item["entitlement"] or 0) if item else 0

    # Checks

    def check(self):
        step("Checks")
        self.money()
        self.publishers()
        self.demo.members.check(self, divided)
        if not self.demo.all_work:
            self.forger()
        self.killed()
        self.rounds()
        idle = self.demo.wait("an idle block", self.node.idle_weight, 120)
        self.holds(f"an idle block weighs what it weighed before the run ({idle[0] / 1e6:.0f} us,"
                   f" {idle[1]} bytes of proof)", idle == self.demo.idle_before)
        self.deposits()
        self.nonsense()
        self.curl()
        memory = self.memory()
        self.holds(f"the node holds {memory:.0f} MB of memory, below {MEMORY}", memory < MEMORY)
        if self.demo.kills:
            done = self.demo.kills.end()
            self.holds(f"{sum(done.values())} of {self.demo.kills.count} times something was killed"
                       f" and went on ({', '.join(f'{kind} {n}' for kind, n in done.items())})",
                       sum(done.values()) == self.demo.kills.count)
        if self.demo.options.result:
            self.compare(self.demo.options.result)
        self.measured(memory, idle)
        if self.failures:
            raise Failed(f"{self.failures} checks failed")

    def holds(self, what, is_so):
        say(f"    {'ok  ' if is_so else 'FAIL'}  {what}")
        self.failures += not is_so

    def money(self):
        books = {k: int(v) for k, v in self.run["books"].items()}
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
        dollars = self.node.call("guerdon_v1_assetConservation", 1)
        self.holds("of test dollars the pot lacks nothing either, and owes nobody any",
                   int(dollars["missing"]) == 0 and int(dollars["surplus"]) == 0
                   and dollars["funded"] == dollars["paid"] and int(dollars["escrow"]) == 0)
        self.holds("everything claimable was claimed", books["claimable"] == 0)
        pools = {}
        for item in self.contributions.values():
            pools.setdefault(item["pool"], {})[item["index"]] = item
        paid = {pool: [int(leaves[i]["entitlement"] or 0) for i in range(len(leaves))]
                for pool, leaves in pools.items()}
        self.holds("every credit is what weights and order of its pool give, divided here once more,"
                   " to the unit",
                   all(credits == divided(sum(credits), [int(pools[pool][i]["weight"])
                                                         for i in range(len(credits))])
                       for pool, credits in paid.items()))

    def publishers(self):
        per_record = {}
        used = {d["dataset"]: d["used"] for d in self.run["datasets"]}
        for i, dataset in self.demo.datasets.items():
            conduct = self.demo.truth["publishers"][i]["conduct"]
            value = self.earned(f"Publisher{i}", "dataProvider") / max(1, used[dataset["id"]])
            per_record.setdefault(conduct, []).append(value)
        honest = min(per_record["honest"])
        self.holds("every honest publisher earns by its score", honest > 0)
        self.holds("flipped labels earn clearly less per record (below 60 % of the least honest)",
                   max(per_record["flipped"]) < 0.6 * honest)
        for conduct in ("copied", "noise"):
            self.holds(f"{conduct} records earn about nothing by score (below 5 %)",
                       max(per_record[conduct]) < 0.05 * honest)

    def forger(self):
        demo, forger = self.demo, self.demo.forger
        account = demo.people[forger]["account"]
        dealt = {t["task"]: t["state"] for t in demo.tasks if t["contributor"] == account}
        self.holds(f"the forger ({forger}) has no accepted receipt and no credit",
                   "done" not in dealt.values()
                   and (forger, "trainer") not in self.contributions)
        reasons = [
            reason for name in demo.people if name.startswith("Attestor")
            for run, task, reason in REFUSED.findall(demo.log(name))
            if int(run) == demo.id and int(task) in dealt
        ]
        differs = reasons.count("Mismatch")
        self.holds(f"attestors found the forgery by re-execution ({len(reasons)} refusals of"
                   f" {forger}'s receipts, {differs} because a step gave another state)",
                   differs > 0)
        missed = list(dealt.values()).count("missed")
        self.holds(f"what the forger could not prove was dealt again ({missed} tasks)", missed > 0)

    def killed(self):
        """Only tasks count that were dealt when both were dead: a receipt for an earlier one may
        have been on its way already."""
        killed, went_on = self.demo.killed, "a trainer and an attestor that were killed went on"
        if killed is None:
            self.holds(f"{went_on}: none was killed", False)
            return
        receipts = [
            self.node.call("guerdon_v1_receipt", task["receipt"]) for task in self.demo.tasks
            if task["state"] == "done" and task["task"] >= killed["tasks"]
        ]
        later = [receipt for receipt in receipts if receipt["height"] > killed["block"]]
        trainer, attestor = (
            self.demo.people[killed[role]]["account"] for role in ("trainer", "attestor"))
        trained = sum(receipt["contributor"] == trainer for receipt in later)
        signed = sum(
            member["account"] == attestor and member["signed"]
            for receipt in later for member in receipt["committee"])
        self.holds(f"{went_on} where they were ({trained} receipts and {signed} signatures after"
                   f" block {killed['block']})", trained > 0 and signed > 0)

    def rounds(self):
        wanted = self.run["plan"]["rounds"]
        rounds = [t for t in self.demo.tasks if t["state"] == "done" and t["work"] == "aggregate"]
        last = max(rounds, key=lambda t: t["round"], default=None)
        accuracy = (last and self.demo.accuracy(last)) or 0
        self.holds(f"{wanted} rounds ended, the last at {accuracy:.2f} %",
                   len(rounds) == wanted and accuracy >= ACCURACY[self.demo.options.data])

    def deposits(self):
        """The keeper gives them back as soon as runs are over."""
        workers = [p["account"] for n, p in self.demo.people.items()
                   if n.startswith(("Trainer", "User"))]

        def held(account):
            return int(self.node.call("guerdon_v1_account", account)["held"])

        self.demo.wait("the return of all deposits", lambda: not any(map(held, workers)), 120)
        kept = int(self.node.call("guerdon_v1_account", TREASURY)["free"]) - EXISTENTIAL_DEPOSIT
        self.demo.attacks.check_money(self, kept)

    def nonsense(self):
        """Questions that make no sense, each with the error that docs/rpc.md promises."""
        account = self.demo.people["Publisher0"]["account"]
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
            ("guerdon_v1_duties", [account, "00"], -32103),
            ("guerdon_v1_claimCall", [2**64 - 1, 0], -32101),
            ("guerdon_v1_claimCall", [0, 0], -32110),
            # Other bytes each time: a pool bans what it has refused.
            ("author_submitExtrinsic", ["0x00" + os.urandom(39).hex()], 1002),
        ]
        wrong = [(method, code, answer) for method, params, code in asked
                 if (answer := self.node.ask(method, *params)).get("error", {}).get("code") != code]
        self.holds(f"questions that make no sense get their errors ({len(asked)} asked)", not wrong)
        for method, code, answer in wrong:
            say(f"          {method}: {code} expected, {str(answer)[:200]}")

    def curl(self):
        account = self.demo.people["Publisher0"]["account"]
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "guerdon_v1_account",
                           "params": [account]})
        answer = self.demo.command("curl", "-sS", "-H", "Content-Type: application/json",
                                   "-d", body, self.node.url)
        free = int(json.loads(answer)["result"]["free"])
        say(f"    $ curl -H 'Content-Type: application/json' -d '{body}' {self.node.url}")
        self.holds(f"a plain curl shows a balance: {grd(free)} GRD", free > 0)

    def memory(self):
        process = self.demo.processes["node"]
        status = Path(f"/proc/{process.pid}/status").read_text().split()
        return int(status[status.index("VmRSS:") + 1]) * 1024 / 1e6

    def result(self):
        """What does not depend on when what happened and who was drawn: what each dataset counts for,
        what goes to each role, the work that was done, and the model."""
        datasets = {}
        for i, dataset in self.demo.datasets.items():
            item = self.contributions[(f"Publisher{i}", "dataProvider")]
            kept = next(d for d in self.run["datasets"] if d["dataset"] == dataset["id"])
            datasets[f"Publisher{i}"] = {"used": kept["used"], "licence": kept["vested"],
                                         "units": item["units"], "weight": item["weight"]}
        roles = {role: {"pay": 0, "units": 0} for role in ROLES}
        for (_, role), item in self.contributions.items():
            roles[role]["pay"] += int(item["entitlement"] or 0)
            roles[role]["units"] += int(item["units"])
        # Two or three of each committee sign.
        del roles["attestor"]["units"]
        models = [self.node.call("guerdon_v1_receipt", task["receipt"])["result"]
                  for task in self.demo.tasks
                  if task["state"] == "done" and task["work"] == "aggregate"]
        others = {}
        for name, run in self.demo.others.items():
            books = self.demo.show(run)["books"]
            others[name] = {key: books[key] for key in ("budgetIn", "licenceIn", "bondIn", "paid")}
        return {"datasets": datasets, "roles": roles, "models": models,
                "paid": self.run["books"]["paid"], "others": others}

    def compare(self, path):
        result = self.result()
        if not path.exists():
            path.write_text(json.dumps(result, indent=1) + "\n")
            say(f"    the result is in {path}")
            return
        before = json.loads(path.read_text())
        self.holds(f"the result is that of {path.name}, to the unit", result == before)
        for key, now in result.items():
            if now != before.get(key):
                say(f"          {key}: {before.get(key)}\n          now {now}")

    def measured(self, memory, idle):
        step("Measured")
        before = self.demo.idle_before
        table(["what", "measured", "compared with"], [
            ["time to the first block", f"{self.demo.first_block:.1f} s",
             f"at most {FIRST_BLOCK} s"],
            ["from proposal to claim",
             f"{self.demo.claimed[0] - self.demo.proposed[0]} blocks,"
             f" {self.demo.claimed[1] - self.demo.proposed[1]:.0f} s", "its windows and draws"],
            ["memory of the node", f"{memory:.0f} MB", f"below {MEMORY} MB"],
            ["weight of an idle block: time", f"{idle[0] / 1e6:.0f} us",
             f"before the run {before[0] / 1e6:.0f} us"],
            ["weight of an idle block: proof", f"{idle[1]} bytes",
             f"before the run {before[1]} bytes"],
        ])
