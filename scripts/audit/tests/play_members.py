#!/usr/bin/env python3
"""Plays the chain of datasets with members that `record.py` writes into `members.json.xz`.

    scripts/wallets.sh --install
    ~/.cache/guerdon/wallets/*/substrate-interface/bin/python scripts/audit/tests/play_members.py \\
        --bin target/release

One run is trained on the data of six owners, and every list is in another state when it is
divided: sealed, building and sealed later, building and abandoned later, and taken over. Then
everything is claimed in the ways that there are, also by those who own nothing. Node and daemons
run on until Ctrl-C."""

import argparse
import json
import shutil
import signal
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent / "demo")]

from substrateinterface import Keypair, SubstrateInterface

from encoding import account_bytes, address, tohex
from output import GRD, say, step
from processes import SIGNALS, Failed, Node, Processes, free_ports
from shares import PAGE_LEAVES, hidden, leaf, left_size, tree

#: Each owner and which part of the sample data it has.
OWNERS = {"Ann": 0, "Ben": 1, "Cyd": 2, "Fay": 3, "Dan": 6, "Eve": 7}
ATTESTORS = ["Attestor0", "Attestor1", "Attestor2"]
PRICES = {
    "Ann": ["--flat-fee", "250", "--price-per-record", "0"],
    "Ben": ["--flat-fee", "0", "--price-per-record", "1.5"],
    "Cyd": ["--flat-fee", "90", "--price-per-record", "0"],
    # Too little to be received by whoever has no account.
    "Fay": ["--flat-fee", "0", "--price-per-record", "0.000000000001"],
    "Thief": ["--flat-fee", "40", "--price-per-record", "0.25"],
    "Dan": ["--flat-fee", "40", "--price-per-record", "0.25"],
    "Eve": ["--flat-fee", "0", "--price-per-record", "0.5"],
}
SALT = tohex(b"what only the member knows......")
NOBODY = address(b"an account that does not exist..")
NEWCOMER = address(b"a member that has nothing yet...")
HEIR = address(b"whom a trainer wants to be paid.")
#: A second page has only a few members.
MANY = PAGE_LEAVES + 6
#: One of them gets nearly everything.
MAIN = 100


def member(number):
    """The account of a member that has no key: it only receives."""
    return address(b"\1" * 30 + number.to_bytes(2, "big"))


def account(who, weight):
    return {"payee": {"Account": tohex(account_bytes(who))}, "weight": weight}


def concealed(who, weight):
    return {"payee": {"Hidden": tohex(hidden(who, SALT))}, "weight": weight}


def ascending(leaves):
    """In the order that a list has: accounts before hidden payees, each kind by its bytes."""
    return sorted(leaves, key=lambda each: [*each["payee"].items()])


def proof(nodes, index):
    """What leads from a node to the root above all of them, from below."""
    if len(nodes) == 1:
        return []
    middle = left_size(len(nodes))
    left, right = nodes[:middle], nodes[middle:]
    own, other = (left, right) if index < middle else (right, left)
    found = proof(own, index if own is left else index - middle)
    hashed, total = tree(other)
    return [*found, {"hash": tohex(hashed), "sum": total}]


class List:
    """A list of members as whoever reads the events has it."""

    def __init__(self, pool, leaves):
        self.pool, self.leaves = pool, leaves
        self.nodes = [leaf(pool, index, each["payee"], each["weight"])
                      for index, each in enumerate(leaves)]

    def claim(self, index, opening=None):
        return {"pool": self.pool, "index": index, "leaf": self.leaves[index],
                "proof": {"siblings": [proof(self.nodes, index)]}, "opening": opening}

    def page(self, number):
        first = number * PAGE_LEAVES
        roots = [tree(self.nodes[each:each + PAGE_LEAVES])
                 for each in range(0, len(self.nodes), PAGE_LEAVES)]
        return {"pool": self.pool, "page": number,
                "leaves": [self.leaves[first:first + PAGE_LEAVES]],
                "proof": {"siblings": [proof(roots, number)]}}

    def opened(self, who, salt=SALT):
        """The claim of the hidden payee, opened for an account."""
        index = next(index for index, each in enumerate(self.leaves) if "Hidden" in each["payee"])
        return self.claim(index, {"account": who, "salt": salt})


class Story(Processes):
    def __init__(self, options):
        super().__init__(options.bin)
        #: By owner: its dataset's number, and its lists.
        self.data, self.lists = {}, {}

    # Means

    def connect(self):
        """A connection that was idle is closed by the node."""
        self.chain = SubstrateInterface(url=self.node.websocket)

    def guerdon(self, name, *arguments, retry=2):
        printed = self.command(
            self.bin / "guerdon", "--home", self.home / name, "--url", self.node.websocket,
            "--signer", f"//{name}", "--output", "json", "--yes", *arguments, retry=retry)
        return json.loads(printed) if printed.strip() else None

    def serve(self, name, *roles):
        command = [self.bin / "guerdon", "--home", self.home / name, "--url", self.node.websocket,
                   "--signer", f"//{name}", "serve", "--listen", f"127.0.0.1:{self.ports[name]}",
                   "--endpoint", self.endpoint(name)]
        for role in roles:
            command += ["--role", role]
        self.start(name, command)

    def endpoint(self, name):
        return f"http://127.0.0.1:{self.ports[name]}"

    def call(self, module, function, **arguments):
        return self.chain.compose_call(module, function, arguments)

    def send(self, name, call, succeeds=True):
        """Events of the extrinsic, as (name, fields)."""
        signed = self.chain.create_signed_extrinsic(call, Keypair.create_from_uri(f"//{name}"))
        sent = self.chain.submit_extrinsic(signed, wait_for_inclusion=True)
        if sent.is_success != succeeds:
            raise Failed(f"{call.value}: {sent.error_message}")
        events = [(event.value["event_id"], event.value["attributes"])
                  for event in sent.triggered_events if event.value["module_id"] == "Settlement"]
        found = ", ".join(sorted({event for event, _ in events}))
        if not succeeds:
            found = f"refused with {sent.error_message['name']}"
        say(f"    {name}: {call.value['call_module']}.{call.value['call_function']}: {found}")
        return events

    def settlement(self, name, function, succeeds=True, **arguments):
        return self.send(name, self.call("Settlement", function, **arguments), succeeds)

    def open(self, owner, weight, *parts, seal=True):
        """Lists the members of an owner's dataset."""
        number = self.data[owner]
        events = self.settlement(owner, "open_members", dataset=number, weight=weight)
        pool = next(fields["pool"] for event, fields in events if event == "MembersOpened")
        members, calls = List(pool, [each for part in parts for each in part]), []
        start = 0
        for part in parts:
            calls.append(self.call("Settlement", "stream_members", pool=pool, **{"from": start},
                                   members=[part]))
            start += len(part)
        if seal:
            calls.append(self.call("Settlement", "seal_members", pool=pool))
        for call in calls if len(calls) < 3 else [self.call("Utility", "batch_all", calls=calls)]:
            self.send(owner, call)
        self.lists.setdefault(owner, []).append(members)
        return members

    def leaf_of(self, owner):
        """The claim of the leaf of an owner's dataset."""
        for index in range(len(self.used)):
            pool, shown = self.explained("dataProvider", index)
            if shown["contribution"]["subject"].get("dataset") == self.data[owner]:
                return self.shown_leaf(pool, shown["leaf"])
        raise Failed(f"{owner} has no leaf")

    def leaf_of_trainer(self):
        pool, shown = self.explained("trainer", 0)
        return self.shown_leaf(pool, shown["leaf"])

    def explained(self, role, index):
        pool = next(each["pool"] for each in self.show()["tables"] if each["role"] == role)
        return pool, self.node.call("guerdon_v1_explain", pool, index)

    @staticmethod
    def shown_leaf(pool, found):
        kind = found["payee"]["kind"]
        return {"pool": pool, "index": found["index"],
                "leaf": {"payee": {kind.title(): found["payee"][kind]},
                         "weight": int(found["weight"])},
                "proof": {"siblings": [[{"hash": node["hash"], "sum": int(node["sum"])}
                                        for node in found["proof"]]]}, "opening": None}

    def claim_free(self, **claims):
        """Pays leaves to accounts that own nothing: nobody signs."""
        for claim in claims.values():
            self.node.call("guerdon_v1_submitClaim", claim["pool"], claim["index"],
                           claim["opening"])
        for who in claims:
            self.wait(f"the free claim of {who}", lambda: int(
                self.node.call("guerdon_v1_account", who)["free"]) > 0, 60)
        say(f"    nobody: {len(claims)} claims without a fee")

    def show(self):
        return self.node.call("guerdon_v1_run", self.run_id)

    # The story

    def play(self):
        self.begin()
        self.publish()
        self.list_members()
        self.train()
        self.divide()
        self.claim()
        head = self.node.height()
        self.wait("finality", lambda: self.node.finalized() >= head, 60)

    def begin(self):
        step("A node, accounts and seats")
        names = ["Alice", "Sponsor", "Trainer", "Thief", "Keeper", *ATTESTORS, *OWNERS]
        self.guard, ports = free_ports(len(names) + 2)
        self.node = Node(ports.pop())
        self.ports = dict(zip(names, ports))
        for name in names:
            (self.home / name).mkdir()
        self.start("node", [
            self.bin / "guerdon-node", "--dev", "--base-path", self.home / "chain", "--rpc-port",
            self.node.url.rsplit(":")[-1], "--port", ports[-1], "--no-prometheus", "--no-mdns"])

        def first_block():
            try:
                return self.node.height() > 0
            except OSError:
                return False

        self.wait("the first block", first_block, 120)
        self.connect()
        self.accounts = {name: Keypair.create_from_uri(f"//{name}").ss58_address for name in names}
        amounts = {name: "5000" for name in names if name != "Alice"}
        self.guerdon("Alice", "credits", "send", *[
            part for name, amount in amounts.items() for part in (self.accounts[name], amount)])
        for name in ATTESTORS:
            self.guerdon(name, "--wait", "best", "attestor", "register", "--endpoint",
                         self.endpoint(name))
            self.serve(name, "attestor")
        self.serve("Keeper", "keeper")

    def publish(self):
        step("Datasets; a thief publishes one before its owner does")
        source = self.home / "source"
        self.command(self.bin / "sample-data", "--data", "digits", "--seed", 1, "--publishers", 8,
                     source)
        for name, number in OWNERS.items():
            shutil.move(source / f"publisher-{number}", self.home / name / "data")
            lines = (self.home / name / "data" / "records.csv").read_text().splitlines()
            (self.home / name / "data" / "records.csv").write_text("\n".join(lines[:61]) + "\n")
        shutil.copytree(self.home / "Dan" / "data", self.home / "Thief" / "data")
        shutil.move(source / "sponsor", self.home / "Sponsor" / "data")
        for name in [*OWNERS, "Thief"]:
            folder = self.home / name / "data"
            self.guerdon(name, "dataset", "describe", folder, "--name", f"set-{name.lower()}",
                         "--description", f"Records of {name}", "--licence", "CC-BY-4.0",
                         "--records", "line-after-header", "--creator", name,
                         "--date", time.strftime("%Y-%m-%d"))
            self.guerdon(name, "--wait", "best", "dataset", "announce", folder)
        for name in [*OWNERS, "Thief"]:
            if name != "Dan":
                self.publish_for(name)
        self.used = [name for name in [*OWNERS, "Thief"] if name != "Dan"]

    def publish_for(self, name):
        payout = ["--payout", NOBODY] if name == "Fay" else []
        folder = self.home / name / "data"
        shown = self.guerdon(name, "dataset", "publish", folder, "--endpoint", self.endpoint(name),
                             *PRICES[name], *payout)
        self.data[name] = shown["dataset"]
        self.serve(name)

    def list_members(self):
        step("Lists of members before the run")
        crowd = [account(member(number), 10 + number) for number in range(MANY)]
        # Too small a part to be received by whoever has no account.
        crowd[3]["weight"] = 1
        crowd[MAIN]["weight"] = 10_000_000_000
        self.open("Ann", 3, crowd[:PAGE_LEAVES - 1], crowd[PAGE_LEAVES - 1:])
        self.open("Thief", 1, [account(self.accounts["Thief"], 1)])

    def train(self):
        step("A run is proposed and trained")
        data = self.home / "Sponsor" / "data"
        plan = {
            "program": "softmax", "config": {"batch": 16, "learning_rate": 0.5, "decay": 0.0001},
            "features": str(data / "features.json"), "validation": str(data / "validation.csv"),
            "tests": str(data / "tests.csv"),
            "datasets": sorted(self.data[name] for name in self.used),
            "records_per_task": 60, "passes": 2, "rounds": 1, "budget": "1000.000000000007",
            "split": {"data_provider": 700000, "trainer": 150000, "user": 0, "attestor": 100000,
                      "appraiser": 50000},
            "max_licence": "auto", "bond": "100.000000000001", "tip": "5",
            "tip_per_advance": "0.01", "committee": 1, "quorum": 1, "samples": 2,
            "max_enrolments": 2, "appraisers": 1, "appraiser_quorum": 1, "method": "licence-price",
            "windows": {"grant": 5, "enrol": 12, "task": 60, "work": 600, "test_reveal": 20,
                        "appraise_commit": 10, "appraise_reveal": 10, "challenge": 45},
            "endpoint": self.endpoint("Sponsor"),
        }
        path = self.home / "Sponsor" / "plan.json"
        path.write_text(json.dumps(plan))
        self.run_id = self.guerdon("Sponsor", "run", "propose", "--plan", path)["run"]
        self.serve("Sponsor", "sponsor")
        self.until("enrolling")
        self.guerdon("Trainer", "--wait", "best", "run", "join", self.run_id, "--role", "trainer",
                     "--endpoint", self.endpoint("Trainer"), "--payout", HEIR)
        self.start("Trainer", [
            self.bin / "guerdon", "--home", self.home / "Trainer", "--url", self.node.websocket,
            "--signer", "//Trainer", "work", "--listen", f"127.0.0.1:{self.ports['Trainer']}",
            "--endpoint", self.endpoint("Trainer")])
        self.until("challenge", "appraising")

    def until(self, *states):
        self.wait(f"that the run is {states}", lambda: self.show()["state"] in states, 900,
                  lambda: self.show()["state"])
        self.connect()

    def divide(self):
        step("Lists of members before the run is divided; the owner of the stolen data takes over")
        self.publish_for("Dan")
        who = self.accounts
        self.open("Ann", 1, ascending([account(who["Trainer"], 7), account(who["Keeper"], 2),
                                       concealed(who["Attestor0"], 5)]))
        self.open("Dan", 2, ascending([account(who["Dan"], 1), account(who["Attestor1"], 1),
                                       account(who["Eve"], 3), concealed(NEWCOMER, 2)]))
        self.open("Ben", 9, ascending([concealed(who["Attestor2"], 1), account(who["Ben"], 2)]),
                  seal=False)
        self.open("Cyd", 1, [account(who["Cyd"], 1)], seal=False)
        self.open("Fay", 1, [account(who["Fay"], 1)], seal=False)
        self.until("settled")

    def claim(self):
        step("Claims")
        who, many = self.accounts, self.lists["Ann"][0]
        few = self.lists["Ann"][1]
        # A cohort that comes later has no part in this.
        self.open("Ann", 1_000_000, [account(who["Thief"], 1)])
        self.settlement("Keeper", "claim", **self.leaf_of("Ann"))
        self.claim_free(**{member(MAIN): many.claim(MAIN)})
        self.settlement("Keeper", "pay_page", **many.page(0))
        self.settlement("Keeper", "claim", **few.opened(who["Attestor0"]))
        self.settlement("Ann", "claim_licences", dataset=self.data["Ann"])
        self.settlement("Keeper", "claim_many", claims=[[
            few.opened(who["Attestor0"]), few.opened(who["Attestor1"]), few.claim(0), few.claim(1),
            few.claim(0), many.claim(200), many.claim(MANY - 1), self.leaf_of("Ben"),
            self.leaf_of("Ann"), self.leaf_of("Eve")]])
        self.settlement("Keeper", "pay_page", **many.page(1))
        self.settlement("Keeper", "pay_page", **few.page(0))
        self.settlement("Ben", "claim_licences", False, dataset=self.data["Ben"])
        ben = self.lists["Ben"][0]
        self.settlement("Ben", "seal_members", pool=ben.pool)
        self.send("Ben", self.call("Utility", "batch_all", calls=[
            self.call("Settlement", "claim_licences", dataset=self.data["Ben"]),
            self.call("Settlement", "claim_many", claims=[[
                self.leaf_of("Ben"), ben.claim(0),
                ben.opened(who["Attestor2"], "0x" + "00" * 32)]]),
        ]))
        for name in ("Cyd", "Fay"):
            self.settlement(name, "abandon_members", pool=self.lists[name][0].pool)
            self.settlement(name, "claim_licences", dataset=self.data[name])
        self.settlement("Cyd", "claim", **self.leaf_of("Cyd"))
        self.settlement("Dan", "claim_licences", dataset=self.data["Dan"])
        self.settlement("Keeper", "claim_many",
                        claims=[[self.leaf_of("Thief"), self.leaf_of("Fay")]])
        self.claim_free(**{HEIR: self.leaf_of_trainer(),
                           NEWCOMER: self.lists["Dan"][0].opened(NEWCOMER)})
        # An account that exists can receive the little that it is owed.
        self.send("Fay", self.call("Balances", "transfer_keep_alive", dest=NOBODY, value=GRD))
        self.settlement("Keeper", "claim_due", account=NOBODY)
        self.settlement("Dan", "pay_page", **self.lists["Dan"][0].page(0))
        # What is still built in the end.
        self.open("Eve", 4, [account(who["Eve"], 1)], [concealed(who["Ann"], 6)], seal=False)
        self.open("Cyd", 1, [account(who["Cyd"], 1)], seal=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="target/release", help="where the programs are")
    story = Story(parser.parse_args())

    def interrupted(*_):
        raise KeyboardInterrupt

    for number in SIGNALS:
        signal.signal(number, interrupted)
    try:
        story.play()
        say(f"\nThe chain can be recorded at {story.node.websocket}; Ctrl-C stops everything.")
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        say("\nStopping.")
    finally:
        story.stop()
        story.clean(None)


if __name__ == "__main__":
    main()
