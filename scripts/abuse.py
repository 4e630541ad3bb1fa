#!/usr/bin/env python3
"""A node and a daemon under abuse: garbage, megabytes, a thousand connections, readers that do not
read, requests that nobody signed.

After each of them blocks must have gone on, proper questions be answered at once, every answer have
been a clear error, and the memory of both be within its bounds."""

import argparse
import json
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

SCRIPTS = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(SCRIPTS / part) for part in ("abuse", "testnet", "demo")]

import daemon
import rpc
import speed
from output import say, step, table
from processes import SIGNALS, Failed, Node, Processes, free_ports, ignore_signals
from wire import WebSocket, exchange, request

#: The most memory that each may take, and how much more than at first it may keep, in megabytes.
MOST = {"node": 800, "daemon": 150}
KEPT = {"node": 300, "daemon": 60}
#: How many blocks have to come while something is done, and the seconds in which they must.
BLOCKS, SLOTS = 2, 20
#: Seconds in which a proper question has to be answered, once the abuse is over.
ANSWER = 5
BLOB = 64 << 20


class Site(Processes):
    """A development node, and a daemon that attests and publishes."""

    def __init__(self, options):
        super().__init__(options.bin)
        self.guard, (self.rpc, self.peers, self.daemon) = free_ports(3)
        self.node = Node(self.rpc)
        self.held = []
        self.rows = []
        self.troubles = []

    def guerdon(self, *arguments):
        printed = self.command(
            self.bin / "guerdon", "--home", self.home / "daemon", "--url", self.node.websocket,
            "--signer", "//Alice", "--output", "json", "--yes", "--wait", "best", *arguments,
            retry=2)
        return json.loads(printed) if printed.strip() else None

    def begin(self):
        step("A development node, and a daemon that attests and publishes")
        self.start("node", [
            self.bin / "guerdon-node", "--dev", "--base-path", self.home / "chain", "--no-mdns",
            "--rpc-port", self.rpc, "--port", self.peers, "--no-prometheus",
            # As docs/operations.md advises: it is what answers that nobody reads are bounded by.
            "--rpc-message-buffer-capacity-per-connection", "4"])

        def answers():
            with suppress(OSError):
                return self.node.height() > 1

        self.wait("the first blocks", answers, 120)
        (self.home / "daemon").mkdir()
        self.guerdon("attestor", "register", "--endpoint", self.endpoint)
        self.root = self.publish("blob", BLOB)
        self.start("daemon", [
            self.bin / "guerdon", "--home", self.home / "daemon", "--url", self.node.websocket,
            "--signer", "//Alice", "serve", "--listen", f"127.0.0.1:{self.daemon}",
            "--role", "attestor,publisher"])
        self.wait("the daemon", self.healthy, 60)
        # They keep the limit that they began with.
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self.watch = Watch(self)
        time.sleep(2)
        self.first = self.watch.memory()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.daemon}"

    def publish(self, name, length):
        """Publishes so many random bytes, and gives the root of the blob that they became."""
        folder = self.home / name
        folder.mkdir()
        with open(folder / "data.bin", "wb") as file:
            for _ in range(length >> 20):
                file.write(os.urandom(1 << 20))
        self.guerdon("dataset", "describe", folder, "--name", name, "--description", "Random",
                     "--licence", "CC0-1.0", "--records", "file", "--creator", "Alice",
                     "--date", time.strftime("%Y-%m-%d"))
        self.guerdon("dataset", "announce", folder)
        before = set(self.blobs())
        self.guerdon("dataset", "publish", folder, "--endpoint", self.endpoint)
        new = [blob for blob in self.blobs() if blob not in before]
        return max(new, key=lambda blob: blob.stat().st_size).name

    def blobs(self):
        return [file for file in (self.home / "daemon" / "blobs").glob("*") if not file.suffix]

    def hash_of(self, height):
        return bytes.fromhex(self.node.call("chain_getBlockHash", height)[2:])

    def hold(self, connection):
        """Keeps a connection until blocks were counted."""
        self.held.append(connection)

    def let_go(self):
        for connection in self.held:
            connection.close()
        self.held.clear()

    # Whether everything is as it should be

    def healthy(self):
        try:
            return exchange(self.daemon, request("GET", "/health"), patience=ANSWER)[0] == "200"
        except OSError:
            return False

    def sensible(self):
        """Whether proper questions by somebody new are answered."""
        with suppress(OSError, KeyError, Failed):
            served = exchange(self.daemon, request("GET", f"/blobs/{self.root}"), patience=ANSWER)
            asked = self.node.call("guerdon_v1_conservation")["missing"] == "0"
            return (asked and served[0] == "200" and self.healthy()
                    and rpc.one_more_subscription(self))
        return False

    def soon(self, ready, seconds):
        deadline = time.time() + seconds
        while not ready():
            if time.time() > deadline:
                return False
            time.sleep(0.2)
        return True

    def case(self, whom, name, abuse, allowed):
        troubles = []
        before = self.watch.memory()
        self.watch.peak = dict(before)
        begun, height = time.time(), self.watch.height
        answers = {}
        try:
            answers = abuse(self)
            unclear = set(answers) - allowed
            if unclear:
                troubles.append(f"unclear answers: {', '.join(sorted(unclear))}")
        except (Failed, OSError) as error:
            troubles.append(str(error))
        if not self.soon(lambda: self.watch.height >= height + BLOCKS, SLOTS):
            troubles.append(f"{self.watch.height - height} blocks in {time.time() - begun:.0f} s")
        blocks, seconds = self.watch.height - height, time.time() - begun
        self.let_go()
        if not self.soon(self.sensible, ANSWER):
            troubles.append(f"no proper answer within {ANSWER} s after it")
        self.soon(lambda: not self.kept(), ANSWER)
        troubles += self.kept()
        for process, peak in self.watch.peak.items():
            if peak > MOST[process]:
                troubles.append(f"the {process} took {peak} MB, more than {MOST[process]}")
        if self.ended():
            raise Failed("\n".join(self.ended()))
        after = self.watch.memory()
        told = ", ".join(f"{count} x {answer}" for answer, count in answers.items())
        memory = [f"{before[p]}/{self.watch.peak[p]}/{after[p]}" for p in MOST]
        self.rows.append([f"{whom}: {name}", *memory, blocks, f"{seconds:.0f}", told])
        say(f"    {'holds' if not troubles else 'DOES NOT HOLD'}: {whom}, {name}, {seconds:.0f} s")
        for trouble in troubles:
            say(f"        {trouble}")
            self.troubles.append(f"{whom}, {name}: {trouble}")

    def kept(self):
        return [f"the {process} keeps {memory} MB, it had {self.first[process]}"
                for process, memory in self.watch.memory().items()
                if memory > self.first[process] + KEPT[process]]


class Watch:
    """Blocks, seen by a client that came before the trouble, and memory."""

    def __init__(self, site):
        self.pids = {name: site.processes[name].pid for name in MOST}
        self.websocket = WebSocket(site.rpc)
        self.height = 0
        self.peak = self.memory()
        self.ending = Event()
        for task in (self.count, self.measure):
            Thread(target=task, daemon=True).start()

    def memory(self):
        """Resident megabytes."""
        page = resource.getpagesize()
        return {name: int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page >> 20
                for name, pid in self.pids.items()}

    def count(self):
        # What goes wrong here is seen as blocks that do not come.
        with suppress(OSError):
            while not self.ending.wait(0.5):
                header = json.loads(self.websocket.ask("chain_getHeader"))["result"]
                self.height = int(header["number"], 16)

    def measure(self):
        with suppress(OSError):
            while not self.ending.wait(0.1):
                for name, memory in self.memory().items():
                    self.peak[name] = max(self.peak[name], memory)


def story(site, options):
    site.begin()
    if options.measure:
        speed.measure(site)
        return
    for whom, cases in (("RPC", rpc.CASES), ("daemon", daemon.CASES)):
        step(f"The {whom} is abused")
        for case in cases:
            if any(word in f"{whom}: {case[0]}" for word in options.only or [""]):
                site.case(whom, *case)
    step("What was done, and what came of it")
    say(f"  Memory in MB: before/peak/after. Bounds: {MOST}, kept more than at first: {KEPT}\n")
    table(["what", "node", "daemon", "blocks", "s", "answers"], site.rows)
    if site.troubles:
        raise Failed("\n".join(site.troubles))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=Path, default=Path("target/release"),
                        help="where guerdon and guerdon-node are")
    parser.add_argument("--measure", action="store_true",
                        help="measure what serving and checking blobs costs, instead of abusing")
    parser.add_argument("--only", nargs="*", metavar="WORD",
                        help="only the cases whose names contain one of these")
    options = parser.parse_args()
    site = Site(options)

    def interrupted(number, _):
        ignore_signals()
        site.abandon()
        sys.exit(128 + number)

    for number in SIGNALS:
        signal.signal(number, interrupted)
    failed = None
    try:
        story(site, options)
        say("\nEverything held.")
    except (Failed, OSError) as error:
        failed = error
    finally:
        ignore_signals()
        if hasattr(site, "watch"):
            site.watch.ending.set()
        site.let_go()
        site.stop()
        logs = site.keep_logs() if failed else None
        with suppress(OSError):
            site.clean(logs)
    if failed:
        sys.exit(f"The rehearsal failed: {failed}\nThe logs are in {logs}.")


if __name__ == "__main__":
    main()
