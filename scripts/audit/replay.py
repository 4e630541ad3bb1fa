"""Replays a chain block by block by the rules of its documents, and compares.

A stream of blocks and a state is all it gets; where they come from it does not know."""

import re
from itertools import groupby

from appraisals import SEEDS_KEPT, Appraisals
from assets import Assets
from balances import POT, Balances, Fees, Treasury
from calls import Calls
from datasets import Datasets
from draws import epoch_seed
from ledger import Ledger
from runs import Runs
from seats import Seats
from settlement import Settlement

#: Pallets whose events move no money that Balances would not tell of.
OTHERS = {
    "System", "Timestamp", "Babe", "Authorship", "ValidatorSet", "Offences", "Historical",
    "Session", "Grandpa", "Council", "Whitelist", "Scheduler", "Preimage", "Utility", "Proxy",
    "Multisig",
}
EVENTS = "events that are known"


class Replay:
    class Lost(Exception):
        """What an event is about is not known; that was reported."""

    def __init__(self, report, genesis, constants, first):
        """`genesis`: its hash; `first`: the state after it."""
        self.report, self.genesis, self.constants = report, genesis, constants
        self.now = self.epoch = self.multiplier = 0
        self.first_slot, self.author, self.version = None, None, None
        #: By epoch, as long as the chain keeps them.
        self.seeds = {}
        #: Tasks that the block dealt, and assets as it left them.
        self.dealt, self.details, self.unknown = {}, {}, set()
        self.extrinsic, self.calls, self.dispatched, self.succeeded = None, Calls(), None, False
        self.last_caller, self.delayed = None, []
        self.balances = Balances(self, list(first.items("System", "Account")),
                                 first.value("Balances", "TotalIssuance"))
        self.assets = Assets(self, list(first.items("Assets", "Asset")),
                             list(first.items("Assets", "Account")))
        self.fees = Fees(self)
        self.datasets, self.seats, self.runs = Datasets(self), Seats(self), Runs(self)
        self.ledger, self.appraisals = Ledger(self), Appraisals(self)
        self.settlement = Settlement(self, list(first.items("Settlement", "AllowedAssets")))
        self.balances.surplus = (self.balances.free.get(POT, 0)
                                 - constants["Balances.ExistentialDeposit"])
        self.pallets = {
            "Balances": self.balances, "TransactionPayment": self.fees, "Treasury": Treasury(self),
            "Datasets": self.datasets, "Attestors": self.seats, "Training": self.runs,
            "Contributions": self.ledger, "Valuation": self.appraisals,
            "Settlement": self.settlement, "Assets": self.assets,
        }

    def called(self, pallet, name, who, it, fits):
        """Arguments of the call that an event tells of, which is used for it; None, and a
        difference, when there is none."""
        found = self.calls.take(pallet, name, who, fits)
        if self.report.holds("calls behind events", f"no call {pallet}.{name} of {who or 'anybody'}"
                             f" for {it}", found is not None):
            self.last_caller, given = found
            return given
        return None

    def later(self, check, it):
        """Checks something when all events of the extrinsic were seen."""
        self.delayed.append((check, it))

    # Blocks

    def block(self, block):
        self.report.block, self.report.extrinsic = block["number"], None
        self.report.equal("blocks", "number of the block", block["number"], self.now + 1)
        self.now, self.constants = block["number"], block["constants"]
        self.author, self.multiplier = block["author"], block["multiplier"]
        if block["version"] != self.version:
            self.version = block["version"]
            for pallet in block["pallets"]:
                self.known(pallet)
        self.enter_epoch(block)
        self.dealt = {(run, task): stored for run, task, stored in block["tasks"]}
        self.details = dict(block["assets"])
        groups = [(number, list(events)) for number, events
                  in groupby(block["events"], key=lambda event: event["extrinsic"])]
        told = [number for number, _ in groups if number is not None]
        self.report.equal("blocks", "extrinsics that events tell of", told,
                          list(range(len(block["extrinsics"]))))
        for number, events in groups:
            known = number is not None and number < len(block["extrinsics"])
            self.carry_out(number, block["extrinsics"][number] if known else None, events)
        self.report.extrinsic = None
        self.balances.end_block()
        self.assets.end_block()
        self.settlement.end_block()

    def enter_epoch(self, block):
        """An epoch begins with the block that announces the next one's randomness."""
        if self.first_slot is None:
            self.first_slot = block["slot"]
        if block["announced"] is not None:
            length = self.constants["Babe.EpochDuration"]
            self.epoch = (block["slot"] - self.first_slot) // length
            self.seeds[self.epoch] = epoch_seed(self.epoch, bytes.fromhex(block["announced"]))
            for epoch in [epoch for epoch in self.seeds if epoch <= self.epoch - SEEDS_KEPT]:
                del self.seeds[epoch]

    def carry_out(self, number, extrinsic, events):
        self.report.extrinsic, self.extrinsic = number, extrinsic
        self.calls, self.dispatched, self.succeeded = Calls(extrinsic), None, False
        self.runs.begin_extrinsic()
        ends = 0
        for event in events:
            if event["name"] in ("ExtrinsicSuccess", "ExtrinsicFailed"):
                self.dispatched = event["fields"]["dispatch_info"]
                self.succeeded = event["name"] == "ExtrinsicSuccess"
                ends += 1
            self.event(event)
        if extrinsic is not None:
            self.report.equal("blocks", "how often an extrinsic ended", ends, 1)
        for check, it in self.delayed:
            self.follow(check, it)
        self.delayed = []
        for pallet in (self.fees, self.datasets, self.settlement, self.appraisals, self.runs,
                       self.seats, self.ledger, self.balances, self.assets):
            self.follow(pallet.end_extrinsic)

    # Events

    def event(self, event):
        pallet, name = event["pallet"], event["name"]
        if pallet in OTHERS or not self.known(pallet):
            return
        books = self.pallets[pallet]
        if name in books.IGNORED:
            return
        follow = getattr(books, f"on_{snake(name)}", None)
        if self.report.holds(EVENTS, f"this auditor does not know {pallet}.{name}: it is older than"
                             " the runtime", follow is not None):
            self.follow(follow, event["fields"])

    def follow(self, handler, *fields):
        """What does not fit to anything that was before is a difference, and the audit goes on."""
        try:
            handler(*fields)
        except self.Lost:
            pass
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            name = handler.__name__.removeprefix("on_")
            self.report.differ(EVENTS, f"{name} {fields} does not follow from what was before"
                               f" ({type(error).__name__}: {error})")

    def known(self, pallet):
        if pallet in OTHERS or pallet in self.pallets:
            return True
        if pallet not in self.unknown:
            self.unknown.add(pallet)
            self.report.differ(EVENTS, f"this auditor does not know the pallet {pallet}: it is"
                               " older than the runtime")
        return False

    def finish(self, state):
        """Compares everything with what is stored in the end."""
        self.report.block = self.report.extrinsic = None
        for pallet in self.pallets.values():
            if hasattr(pallet, "finish"):
                pallet.finish(state)


def snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
