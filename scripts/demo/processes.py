"""A node, the daemons and commands that talk with it, and that nothing of them is left behind."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock

from output import say

#: Where the chain keeps what a block cost: twox128("System"), twox128("BlockWeight").
BLOCK_WEIGHT = "0x26aa394eea5630e07c48ae0c9558cef734abf5cb34d6244378cddbf18e849d96"
#: More than one run takes.
PORTS_OF_A_RUN = 100
#: What asks the demo to stop.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Failed(Exception):
    """Something that should hold does not."""


def free_ports(count):
    """Ports for everything that runs here: the first stays bound, so that no other run takes one of
    the others, also while nothing listens there.

    They lie below those that the system gives to outgoing connections, one of which could take a
    port between now and its daemon's start."""
    for first in range(20_000, 32_000, PORTS_OF_A_RUN):
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


def ignore_signals():
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def signal_group(process, number):
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


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

    def __init__(self, port, host="127.0.0.1"):
        self.url = f"http://{host}:{port}"
        self.websocket = f"ws://{host}:{port}"
        #: Seconds in which a node that does not answer is asked again.
        self.patience = 0

    def ask(self, method, *params):
        """The whole answer, be it a result or an error."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})
        request = urllib.request.Request(
            self.url, body.encode(), {"Content-Type": "application/json"}
        )
        deadline = time.time() + self.patience
        while True:
            try:
                with urllib.request.urlopen(request, timeout=30) as response:
                    return json.load(response)
            except (OSError, http.client.HTTPException):
                if time.time() > deadline:
                    raise
                time.sleep(1)

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

    def finalized(self):
        head = self.call("chain_getFinalizedHead")
        return int(self.call("chain_getHeader", head)["number"], 16)

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


class Processes:
    """Everything that runs, in a folder that is removed with it unless it was given."""

    def __init__(self, programs, home=None):
        self.bin = Path(programs)
        self.home = home or Path(tempfile.mkdtemp(prefix="guerdon-"))
        #: What runs until the end, by name.
        self.processes = {}
        #: Killed, and not started again yet. Whoever kills holds the lock until then.
        self.down, self.killing = set(), Lock()
        #: Commands that have not answered yet.
        self.commands = set()
        self.stopping = Event()
        # The checks read the logs, and nobody's settings or keys are needed.
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("GUERDON_")}

    def popen(self, command, **more):
        if self.stopping.is_set():
            raise Failed("everything is being stopped")
        return subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL,
                                env=self.environment, **more)

    # Node and daemons

    def start(self, name, command):
        def begin():
            with open(self.home / f"{name}.log", "ab") as log:
                self.processes[name] = self.popen(
                    command, stdout=log, stderr=log, start_new_session=True)

        # In a thread, which no signal interrupts between the process's start and its being noted.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(begin).result()

    def kill(self, name):
        """As a power failure would: without a chance to write anything."""
        self.down.add(name)
        signal_group(self.processes[name], signal.SIGKILL)
        self.processes[name].wait()

    def start_again(self, name):
        self.start(name, self.processes[name].args)
        self.down.discard(name)

    def log(self, name):
        try:
            return (self.home / f"{name}.log").read_text(errors="replace")
        except OSError as error:
            return str(error)

    def ended(self):
        """Of each that should run and does not, the name and the end of its log."""
        return [
            f"{name} stopped with {process.returncode}; the end of its log:\n"
            + "\n".join(self.log(name).splitlines()[-15:])
            for name, process in list(self.processes.items())
            if process.poll() is not None and name not in self.down
        ]

    def wait(self, what, ready, seconds=600, show=lambda: ""):
        begun, shown = time.time(), None
        while True:
            ended = self.ended()
            if ended:
                raise Failed("\n".join(ended))
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

    # Commands

    def command(self, *command, retry=0):
        """What a command prints; fails when it does, each of `retry` more times."""
        for attempt in range(retry + 1):
            if attempt > 0:
                self.stopping.wait(4)
            with self.popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           text=True) as process:
                self.commands.add(process)
                try:
                    out, err = process.communicate(timeout=600)
                finally:
                    process.kill()
                    self.commands.discard(process)
            if process.returncode == 0:
                return out
        raise Failed(f"{' '.join(process.args)}\n{out}{err}")

    def together(self, function, items):
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(function, items))

    # The end

    def abandon(self):
        """Ends the commands that others wait for, and lets nothing more begin."""
        self.stopping.set()
        for process in list(self.commands):
            process.terminate()

    def stop(self):
        self.abandon()
        running = [p for p in self.processes.values() if p.poll() is None]
        for process in running:
            signal_group(process, signal.SIGTERM)
        deadline = time.time() + 10
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0, deadline - time.time()))
        running = [p for p in running if p.poll() is None]
        for process in running:
            signal_group(process, signal.SIGKILL)
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)

    def keep_logs(self):
        """Copies the logs to where they stay, and says where; that is here if it cannot be done."""
        try:
            kept = Path(tempfile.mkdtemp(prefix="guerdon-logs-"))
            for log in self.home.glob("*.log"):
                shutil.copy(log, kept)
        except OSError:
            return self.home
        return kept

    def clean(self, logs):
        """Removes the folder, unless the logs had to stay in it."""
        if logs != self.home:
            shutil.rmtree(self.home, ignore_errors=True)
