"""Seats of attestors and appraisers, their bonds and penalties (pallets/attestors/README.md)."""

from datasets import Payout
from encoding import account_bytes, unhex
from shares import part
from signatures import states_signed

CHECK = "seats and penalties"
#: Epochs until registering or retiring takes effect.
EFFECT_DELAY = 2
#: The constant that says what part of a bond an offence costs.
COSTS = {"Equivocation": "EquivocationPpm", "SilentAfterCommit": "SilencePpm",
         "WrongCounts": "WrongCountsPpm"}


class Seat:
    def __init__(self, key, payout, since, bond):
        self.key, self.payout, self.since, self.until = key, Payout(payout), since, None
        self.bond = self.held = bond
        self.barred = False

    def in_force(self, epoch):
        return self.since <= epoch and (self.until is None or epoch < self.until)


class Seats:
    IGNORED = ("EndpointChanged",)

    def __init__(self, world):
        self.world, self.report = world, world.report
        #: Per kind, in the order of registration.
        self.seats = {"Attestor": {}, "Appraiser": {}}
        self.begin_extrinsic()

    def begin_extrinsic(self):
        #: Offences of this extrinsic by the rules, those that were punished, and whom that retires.
        self.offences, self.punished, self.retiring = [], [], []

    def end_extrinsic(self):
        if self.offences or self.punished:
            self.report.equal(CHECK, "offences that were punished", sorted(self.punished, key=str),
                              sorted(self.offences, key=str))
        for kind, who in self.retiring:
            self.report.differ(CHECK, f"{kind} {who} has less than half of its bond and stays")
        self.begin_extrinsic()

    def constant(self, name):
        return self.world.constants[f"Attestors.{name}"]

    def seat(self, it):
        seat = self.seats[it["kind"]].get(it["who"])
        self.report.holds(CHECK, f"{it['who']} has no seat as {it['kind']}", seat is not None)
        return seat

    def active(self, kind, who):
        seat = self.seats[kind].get(who)
        return bool(seat) and not seat.barred and seat.in_force(self.world.epoch)

    def eligible(self, kind, epoch):
        """Who could be drawn with an epoch's seed: the seats of one epoch before it."""
        return [who for who, seat in self.seats[kind].items() if seat.in_force(epoch - 1)]

    def payee(self, kind, who):
        seat = self.seats[kind].get(who)
        return seat.payout.at(self.world.now) if seat else who

    def on_registered(self, it):
        kind, who = it["kind"], it["who"]
        called = self.world.called("Attestors", "register", who, it, lambda given: (
            given["kind"] == kind and given["key"] == it["key"]))
        if called is None:
            return
        self.report.equal(CHECK, "bond", it["bond"], self.constant(f"{kind}Bond"))
        self.report.equal(CHECK, "first epoch of a seat", it["since"],
                          self.world.epoch + EFFECT_DELAY)
        self.seats[kind][who] = Seat(it["key"], called["payout"], it["since"], it["bond"])
        self.world.balances.deposit(who, f"Attestors.{kind}", it["bond"])

    def on_payout_scheduled(self, it):
        seat = self.seat(it)
        called = seat and self.world.called("Attestors", "set_payout", it["who"], it, (
            lambda given: given["kind"] == it["kind"] and given["payout"] == it["payout"]))
        if called:
            since = self.world.now + self.constant("PayoutDelay")
            self.report.equal(CHECK, "first block of a new payout account", it["from"], since)
            seat.payout.change(it["payout"], self.world.now, since)

    def on_retired(self, it):
        seat = self.seat(it)
        if (it["kind"], it["who"]) in self.retiring:
            self.retiring.remove((it["kind"], it["who"]))
        if seat:
            until = self.world.epoch + EFFECT_DELAY
            self.report.holds(CHECK, f"{it['who']} retired again", seat.until is None)
            self.report.equal(CHECK, f"epochs of the retirement of {it['who']}",
                              (it["until"], it["withdrawable"]),
                              (until, until + self.constant("UnbondingEpochs")))
            seat.until = it["until"]

    def on_withdrawn(self, it):
        seat = self.seat(it)
        if seat:
            self.report.equal(CHECK, f"what is left of the bond of {it['who']}", it["bond"],
                              seat.held)
            since = seat.until is not None and seat.until + self.constant("UnbondingEpochs")
            self.report.holds(CHECK, f"{it['who']} withdrew before its bond was free",
                              since is not False and self.world.epoch >= since)
            self.world.balances.deposit(it["who"], f"Attestors.{it['kind']}", -seat.held)
            del self.seats[it["kind"]][it["who"]]

    def on_equivocated(self, it):
        who, receipt = it["who"], it["receipt"]
        seat = self.seat({"kind": "Attestor", "who": who})
        called = self.world.called("Attestors", "report_equivocation", None, it, lambda given: (
            given["receipt"] == receipt and account_bytes(given["who"]) == account_bytes(who)))
        if called is None or seat is None:
            return
        proofs = [called["first"], called["second"]]
        self.report.holds(CHECK, f"{who} signed the same states twice",
                          proofs[0]["states"] != proofs[1]["states"])
        for proof in proofs:
            self.report.holds(CHECK, f"{who} did not sign {proof['states']}", states_signed(
                proof["signature"], unhex(receipt), account_bytes(who), proof["states"],
                unhex(seat.key)))
        self.offences.append(("Attestor", who, "Equivocation", self.world.last_caller))

    def offence(self, kind, who, offence):
        """To be punished in this extrinsic."""
        self.offences.append((kind, who, offence, None))

    def on_penalised(self, it):
        kind, who, offence = it["kind"], it["who"], it["offence"]
        reporter = it["reporter"][0] if it["reporter"] else None
        seat = self.seat(it)
        if seat is None:
            return
        self.punished.append((kind, who, offence, reporter))
        amount = min(part(seat.bond, self.constant(COSTS[offence])), seat.held)
        self.report.equal(CHECK, f"penalty of {who} for {offence}", it["amount"], amount)
        burned, treasury, share = self.world.balances.expect_taking(
            f"Attestors.{kind}", who, amount, self.constant("Penalty"), reporter)
        found = it["burned"], it["treasury"], it["reporter"][1] if it["reporter"] else 0
        self.report.equal(CHECK, f"parts of the penalty of {who}", found, (burned, treasury, share))
        self.world.balances.deposit(who, f"Attestors.{kind}", -amount)
        seat.held -= amount
        seat.barred |= offence == "Equivocation"
        if seat.until is None and (seat.barred or seat.bond - seat.held > seat.held):
            self.retiring.append((kind, who))

    def finish(self, state):
        stored = {key: it for key, it in state.items("Attestors", "Registrations")}
        known = {(kind, who): seat for kind, seats in self.seats.items()
                 for who, seat in seats.items()}
        for key in {**stored, **known}:
            it, seat = stored.get(key), known.get(key)
            if not it or not seat:
                self.report.differ(CHECK, f"seat of {key}: {'stored' if it else 'not stored'}")
                continue
            following = it["payout"]["next"]
            self.report.equal(
                CHECK, f"seat of {key}",
                (it["bond"], it["held"], it["barred"], it["since"], it["until"], it["key"],
                 it["payout"]["account"], following and tuple(following)),
                (seat.bond, seat.held, seat.barred, seat.since, seat.until, seat.key,
                 seat.payout.account, seat.payout.next))
