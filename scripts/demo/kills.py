"""The power fails: the node and the daemons are killed at moments that the seed decides, as by
`kill -9`, and started again with what they had on disk."""

import time
from contextlib import contextmanager
from random import Random
from threading import Condition, Event, Thread

from output import say
from processes import Failed

#: Every so many kills each of them meets somebody of each role; the node most.
VICTIMS = ["node", "Publisher", "Trainer", "Attestor", "node", "User", "Sponsor", "Attestor",
           "Keeper", "node", "Trainer", "Appraiser"]
#: Blocks between a kill and the next one, and seconds that the victim stays down.
BETWEEN, DOWN = (3, 22), (0, 4)
#: Seconds in which a node that was started again must go on where it was.
RESUMES = 120


class Undisturbed:
    """Commands that must not lose the node: while one of them runs it is not killed, and while it is
    to be killed none begins. A daemon finds its node again; a command says that it does not know what
    became of its transaction, and leaves it to whoever gave it to look."""

    def __init__(self):
        self.condition = Condition()
        self.commands, self.wanted = 0, False

    @contextmanager
    def command(self):
        with self.condition:
            self.condition.wait_for(lambda: not self.wanted)
            self.commands += 1
        try:
            yield
        finally:
            with self.condition:
                self.commands -= 1
                self.condition.notify_all()

    @contextmanager
    def none(self):
        with self.condition:
            self.wanted = True
            self.condition.wait_for(lambda: self.commands == 0)
        try:
            yield
        finally:
            with self.condition:
                self.wanted = False
                self.condition.notify_all()


class Kills:
    def __init__(self, demo, count):
        self.demo, self.count = demo, count
        self.random = Random(f"kills {demo.options.seed}")
        self.done = []
        self.failure = None
        self.over = Event()
        self.thread = Thread(target=self.run, daemon=True)

    def begin(self):
        self.thread.start()

    def end(self):
        """Waits for what is down; says how many of each were killed."""
        self.over.set()
        self.thread.join(RESUMES * 2)
        if self.failure:
            raise Failed(f"killed and started again: {self.failure}")
        kinds = [name.rstrip("0123456789") for name in self.done]
        return {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}

    def run(self):
        try:
            deck = []
            while len(self.done) < self.count and not self.over.is_set():
                self.pause()
                if not deck:
                    deck = self.random.sample(VICTIMS, len(VICTIMS))
                name = self.victim(deck)
                if name and not self.over.is_set():
                    self.one(name)
        except Exception as error:
            self.failure = error

    def pause(self):
        until = self.demo.node.height() + self.random.randint(*BETWEEN)
        while self.demo.node.height() < until and not self.over.wait(1):
            pass

    def victim(self, deck):
        """The next of the deck of whose kind somebody runs."""
        for kind in list(deck):
            running = sorted(name for name, process in list(self.demo.processes.items())
                             if name.rstrip("0123456789") == kind and process.poll() is None)
            if running:
                deck.remove(kind)
                return self.random.choice(running)
        return None

    def one(self, name):
        demo, down = self.demo, self.random.uniform(*DOWN)
        if name == "node":
            with demo.undisturbed.none(), demo.killing:
                self.node(down)
        else:
            with demo.killing:
                demo.kill(name)
                height = demo.node.height()
                time.sleep(down)
                demo.start_again(name)
            self.told(name, height, down)
        self.done.append(name)

    def node(self, down):
        """What was final before is final afterwards."""
        demo, node = self.demo, self.demo.node
        final = node.call("chain_getFinalizedHead")
        number = int(node.call("chain_getHeader", final)["number"], 16)
        height = node.height()
        demo.kill("node")
        time.sleep(down)
        demo.start_again("node")
        deadline = time.time() + RESUMES
        while node.height() <= height:
            if time.time() > deadline:
                raise Failed(f"no block after {height} within {RESUMES} s")
            time.sleep(1)
        if node.call("chain_getBlockHash", number) != final:
            raise Failed(f"block {number} was final, and another one is there now")
        self.told("the node", height, down)

    def told(self, what, height, down):
        say(f"    {time.strftime('%H:%M:%S')}  {what} was killed at block {height}, and down for"
            f" {down:.1f} s")
