#!/usr/bin/env python3
"""Libraries that wallets are made of, against a running node. Each reads a balance, claims a leaf
for the account that it pays, and decodes the events of every block. A light client follows the
chain.

The node must have unclaimed leaves and every state (`--state-pruning archive`), and listen for
peers on this machine. Such a moment is the end of the demo, before everybody claims."""

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
# Nothing is left behind in the clone.
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "demo"))

from output import amount, grd, say, table
from processes import SIGNALS, Failed, Node

#: Seconds that a client may take.
PATIENCE = 300
#: Where the chain counts a block's events: twox128("System"), twox128("EventCount").
EVENT_COUNT = "0x26aa394eea5630e07c48ae0c9558cef70a98fdbe9ce6c55837576c60c7af3850"
#: Whose leaves are claimed first: those of accounts that pay and receive nothing else any more.
ROLES = ["appraiser", "attestor", "dataProvider", "user", "trainer"]
JAVASCRIPT = ["polkadot-js", "polkadot-api"]
PYTHON = ["substrate-interface", "async-substrate-interface"]


def payees(node, count):
    """Accounts with something to claim."""
    found = {}
    for item in node.pages("guerdon_v1_runs"):
        tables = node.call("guerdon_v1_run", item["id"])["tables"]
        for each in sorted(tables, key=lambda each: ROLES.index(each["role"])):
            for index in range(each["count"] if each["pool"] is not None else 0):
                leaf = node.call("guerdon_v1_explain", each["pool"], index)["leaf"]
                if not leaf["claimed"] and int(leaf["entitlement"]) > 0:
                    found[leaf["payee"]["account"]] = None
                if len(found) == count:
                    return list(found)
    raise Failed(f"{count} accounts with something to claim are needed, and {len(found)} have: run"
                 " this before everybody claims, as `scripts/demo.sh --wallets` does")


def peer(node):
    """Where a light client on this machine finds the node; a websocket where it has one."""
    local = [address for address in node.call("system_localListenAddresses")
             if address.startswith("/ip4/127.0.0.1/tcp/")]
    if not local:
        raise Failed("the node listens for no peers at 127.0.0.1")
    return max(local, key=lambda address: "/ws/" in address)


def counts(node, height):
    """How many events each block up to a height has, by the chain's own count."""
    found = []
    for number in range(1, height + 1):
        raw = node.call("state_getStorage", EVENT_COUNT, node.call("chain_getBlockHash", number))
        found.append(int.from_bytes(bytes.fromhex((raw or "0x")[2:]), "little"))
    return found


class Wallets:
    def __init__(self, options, scratch):
        url = urlsplit(options.url)
        self.node = Node(url.port or 9944, url.hostname)
        self.options, self.scratch = options, scratch
        self.rows, self.failures = [], []

    def run(self):
        self.complete()
        clients = JAVASCRIPT + PYTHON
        accounts = payees(self.node, len(clients))
        reports = {}
        for name, account in zip(clients, accounts):
            report = self.client(name, self.claim, account)
            if report:
                reports[name] = report
        self.client("smoldot", self.follow, accounts[0])
        self.compare(reports)
        table(["client", "version", "blocks", "events", "claim", "seconds"], self.rows)
        if self.failures:
            raise Failed("\n\n".join(self.failures))

    def complete(self):
        """Clients would name a block whose state is gone in words of their own."""
        first = self.node.call("chain_getBlockHash", 1)
        if self.node.ask("state_getStorage", EVENT_COUNT, first).get("result") is None:
            raise Failed("the node does not keep the states of old blocks: start it with"
                         " --state-pruning archive")

    def client(self, name, run, account):
        """Runs a client and notes what came of it."""
        begun = time.time()
        try:
            report, cells = run(name, account)
        except Failed as error:
            self.failures.append(f"{name} failed: {error}")
            report, cells = None, ["-"] * 4
        self.rows.append([name, *cells, f"{time.time() - begun:.1f}"])
        return report

    def claim(self, name, account):
        """The client watches the balance; the node is asked whether it holds the leaf for paid."""
        report = self.ask(name, url=self.options.url, payee=account, signer=self.options.signer)
        due = report["claimed"]
        leaf = self.node.call("guerdon_v1_explain", due["pool"], due["index"])["leaf"]
        if not leaf["claimed"] or leaf["payee"]["account"] != account:
            raise Failed(f"it says that it claimed leaf {due['index']} of pool {due['pool']} for"
                         f" {account}, the node says {leaf}")
        return report, [report["version"], report["blocks"], report["events"],
                        amount(due["entitlement"], due["asset"])]

    def follow(self, name, account):
        """A light client's balance is compared with the node's, as of the same block."""
        spec = self.scratch / "chain.json"
        node = Path(self.options.bin) / "guerdon-node"
        exported = subprocess.run(
            [node, "export-chain-spec", "--raw", "--chain", self.options.chain, "--output", spec],
            capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if exported.returncode != 0:
            raise Failed(f"{node} exports no chain specification:\n{exported.stderr.strip()}")
        head = self.node.call("chain_getHeader", self.node.call("chain_getFinalizedHead"))
        height = int(head["number"], 16)
        report = self.ask(name, spec=str(spec), peer=peer(self.node), payee=account, height=height,
                          genesis=self.node.call("chain_getBlockHash", 0))
        expected = int(self.node.call("guerdon_v1_account", account, report["hash"])["free"])
        if int(report["free"]) != expected:
            raise Failed(f"it says that {account} has {grd(report['free'])} GRD in block"
                         f" {report['height']}, the node says {grd(expected)}")
        return report, [report["version"], report["height"], "-", "-"]

    def ask(self, name, **asked):
        """Runs a client's program and gives its report."""
        libraries = Path(self.options.libraries)
        if name in PYTHON:
            program = [libraries / name / "bin" / "python", "-B", HERE / "python" / f"{name}.py"]
        else:
            program = ["node", self.scratch / f"{name}.mjs"]
        try:
            done = subprocess.run(
                [*map(str, program), json.dumps(asked)], capture_output=True, text=True,
                stdin=subprocess.DEVNULL, timeout=PATIENCE)
        except subprocess.TimeoutExpired as expired:
            said = (expired.stderr or b"").decode(errors="replace").strip()
            raise Failed(f"it did not end within {PATIENCE} s\n{said}".strip()) from None
        if done.returncode != 0:
            raise Failed(done.stderr.strip() or f"it ended with {done.returncode}")
        return json.loads(done.stdout)

    def compare(self, reports):
        """A client that skips what it cannot decode has fewer events than the chain counted."""
        found = counts(self.node, max((each["blocks"] for each in reports.values()), default=0))
        for name, report in reports.items():
            expected = sum(found[:report["blocks"]])
            if report["events"] != expected:
                self.failures.append(f"{name} failed: it decoded {report['events']} events of"
                                     f" {report['blocks']} blocks, the chain counted {expected}")


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="ws://127.0.0.1:9944", help="the node's JSON-RPC")
    parser.add_argument("--signer", default="//Alice", help="the development key that signs claims")
    parser.add_argument("--chain", default="dev",
                        help="the chain that the light client follows: a name that guerdon-node"
                        " knows, or a chain specification's file")
    parser.add_argument("--bin", help="where guerdon-node is")
    # What wallets.sh installed.
    parser.add_argument("--libraries", required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    options = parse()
    # What is raised ends the client that runs, too.
    for number in SIGNALS:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="guerdon-wallets-") as scratch:
        # Node looks for libraries beside a program and above it.
        for program in (HERE / "js").glob("*.mjs"):
            shutil.copy(program, scratch)
        (Path(scratch) / "node_modules").symlink_to(Path(options.libraries) / "js/node_modules")
        try:
            Wallets(options, Path(scratch)).run()
        except (Failed, OSError) as error:
            say(f"\n{error}")
            sys.exit(1)


if __name__ == "__main__":
    main()
