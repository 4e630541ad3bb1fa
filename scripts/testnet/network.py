"""Four validators, each a process with a folder, keys and ports of its own."""

import http.client
import json
import os
import subprocess
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from processes import Failed, Node, Processes

#: The validators of the preset `local_testnet`, by the names of their development keys.
VALIDATORS = ("alice", "bob", "charlie", "dave")
SLOT_SECONDS = 2
#: What asking a node that is just ending can come to.
UNANSWERED = (OSError, http.client.HTTPException)


class Validator(Node):
    """One node: where it listens, and what it has finalized."""

    def __init__(self, name, ports):
        self.name = name
        self.rpc_port, self.p2p_port, self.metrics_port = ports
        self.peer_id = None
        super().__init__(self.rpc_port)

    def address(self, port=None):
        return f"/ip4/127.0.0.1/tcp/{port or self.p2p_port}/p2p/{self.peer_id}"

    def peers(self):
        return self.call("system_health")["peers"]

    def finalized(self):
        """Height and hash."""
        found = self.call("chain_getFinalizedHead")
        return int(self.call("chain_getHeader", found)["number"], 16), found

    def metrics(self):
        """What Prometheus would read: the sum of each metric over its labels."""
        values = {}
        url = f"http://127.0.0.1:{self.metrics_port}/metrics"
        with urllib.request.urlopen(url, timeout=30) as response:
            for line in response.read().decode().splitlines():
                if not line.startswith("#"):
                    name, value = line.rsplit(" ", 1)
                    name = name.split("{")[0]
                    values[name] = values.get(name, 0) + float(value)
        return values


class Network(Processes):
    def __init__(self, programs, home, chain):
        super().__init__(programs, home)
        self.chain = chain
        self.validators = {}
        #: Whom each node connects to, where that is not simply all others.
        self.routes = None
        #: What every node is told besides.
        self.options = []
        #: Every finalized block that any node has told of, by height.
        self.history = {}
        #: The highest finalized block of each node.
        self.heights = {}

    # Nodes

    def add(self, name, ports, folder=None):
        """Gives a node its folder and the key that it is known by to others."""
        validator = Validator(name, ports)
        validator.folder = folder or self.home / name
        validator.folder.mkdir(exist_ok=True)
        key = validator.folder / "node-key"
        if not key.exists():
            self.command(self.bin / "guerdon-node", "key", "generate-node-key", "--file", key)
            key.chmod(0o600)
        validator.peer_id = self.command(
            self.bin / "guerdon-node", "key", "inspect-node-key", "--file", key).strip()
        self.validators[name] = validator
        return validator

    def launch(self, name):
        own = self.validators[name]
        if self.routes is None:
            peers = ["--bootnodes", *(v.address() for v in self.validators.values() if v != own)]
        else:
            peers = ["--reserved-only"]
            for route in self.routes[name]:
                peers += ["--reserved-nodes", route]
        keys = [f"--{name}"] if name in VALIDATORS else ["--validator", "--name", name]
        self.start(
            name,
            [self.bin / "guerdon-node", "--chain", self.chain, "--base-path", own.folder, *keys]
            + ["--node-key-file", own.folder / "node-key", "--no-mdns"]
            + ["--listen-addr", f"/ip4/127.0.0.1/tcp/{own.p2p_port}"]
            + ["--rpc-port", own.rpc_port, "--prometheus-port", own.metrics_port, *peers]
            + self.options,
        )

    def running(self):
        return [v for n, v in self.validators.items() if self.processes[n].poll() is None]

    # Finality

    def look(self):
        """The lowest finalized height of the nodes that answer. Fails when one of them takes back
        what it had finalized, or two finalize different blocks."""
        found = []
        for validator in self.running():
            try:
                height, block = validator.finalized()
            except UNANSWERED:
                continue
            before = self.heights.get(validator.name, 0)
            if height < before:
                raise Failed(f"{validator.name} went from finalized {before} back to {height}")
            other = self.history.setdefault(height, block)
            if other != block:
                raise Failed(f"two blocks were finalized at {height}: {other} and {block}")
            self.heights[validator.name] = height
            found.append(height)
        return min(found, default=0)

    def agree(self):
        """Every node that runs has every block that any of them ever finalized."""
        for validator in self.running():
            for height, block in self.history.items():
                if height <= self.heights.get(validator.name, 0):
                    found = validator.call("chain_getBlockHash", height)
                    if found != block:
                        raise Failed(f"{validator.name} reverted finalized block {height}")

    def until(self, what, ready, blocks):
        """Waits for something, at most so many blocks, and looks at finality meanwhile.

        Blocks are counted on the chain that is ahead. A chain that has stopped, or a machine that
        is too slow for its slots, has five times as long by the clock."""
        begun, first = time.time(), self.best()
        while True:
            self.look()
            found = ready()
            if found:
                return found
            passed = self.best() - first
            if passed > blocks or time.time() - begun > 5 * blocks * SLOT_SECONDS:
                raise Failed(f"{what} did not happen within {passed} blocks,"
                             f" {time.time() - begun:.0f} s\n" + "\n".join(self.ended()))
            time.sleep(0.5)

    def best(self, names=None):
        """The height of the best of these nodes' chains, of all unless they are named."""
        heights = []
        for validator in self.running():
            if names is None or validator.name in names:
                with suppress(*UNANSWERED):
                    heights.append(validator.height())
        return max(heights, default=0)

    def until_finalized(self, height, blocks, names=None):
        """Waits until these nodes have finalized a height, all of them unless they are named."""
        wanted = set(names or (v.name for v in self.running()))
        self.until(
            f"finality of block {height} on {', '.join(sorted(wanted))}",
            lambda: all(self.heights.get(name, 0) >= height for name in wanted), blocks)

    def until_answering(self, name, seconds=180):
        """Waits for a node's RPC. Its blocks cannot be counted before that."""
        deadline = time.time() + seconds
        while True:
            if self.processes[name].poll() is not None:
                raise Failed("\n".join(self.ended()))
            with suppress(*UNANSWERED):
                own = self.validators[name]
                # It could be somebody else who listens there.
                if own.call("system_localPeerId") == own.peer_id:
                    return
            if time.time() > deadline:
                raise Failed(f"{name} does not answer after {seconds} s")
            time.sleep(0.5)

    def measure(self):
        """Of each node: seconds of processor time so far, and megabytes of memory."""
        used = {}
        for name, process in self.processes.items():
            with suppress(OSError):
                of = Path("/proc", str(process.pid))
                fields = (of / "stat").read_text().rpartition(")")[2].split()
                seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                pages = int((of / "statm").read_text().split()[1])
                used[name] = (seconds, pages * os.sysconf("SC_PAGE_SIZE") // 2**20)
        return used


def chain_specification(programs, file, change):
    """Writes the local testnet's specification to a file, after a change to its genesis."""
    subprocess.run([programs / "guerdon-node", "export-chain-spec", "--chain", "local",
                    "--output", file], check=True, stdout=subprocess.DEVNULL)
    specification = json.loads(file.read_text())
    # Nodes of a live network are not told of private addresses by each other: whom they know is
    # what their options say.
    specification |= {"name": "Guerdon Rehearsal", "id": "guerdon_rehearsal",
                      "protocolId": "guerdon_rehearsal", "chainType": "Live"}
    change(specification["genesis"]["runtimeGenesis"]["patch"])
    file.write_text(json.dumps(specification))
