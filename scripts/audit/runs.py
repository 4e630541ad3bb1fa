"""Runs: what was planned, dealt and accepted, and what is held for it.

Written from pallets/training/README.md and docs/deposits-and-fees.md."""

from ledger import ROLES
from receipts import LICENCE, RECEIPTS, Receipts
from seats import EFFECT_DELAY
from shares import MILLION, part
from tasks import TASKS, Tasks

CHECK = "runs"
PURSES = {"Budget": "budget", "Licence": "max_licence", "Bond": "bond", "Tip": "tip"}
#: What a state can come from.
BEFORE = {
    "Proposed": (None,), "Enrolling": ("Proposed",), "Working": ("Enrolling",),
    "Appraising": ("Working",), "Challenge": ("Appraising",), "Settling": ("Challenge",),
    "Settled": ("Settling",), "Cancelled": ("Proposed", "Enrolling", "Working"),
}
OVER = ("Settled", "Cancelled")
#: Committees of one attempt, draws of appraisers.
COMMITTEES, APPRAISER_DRAWS = 2, 2


class Enrolment:
    def __init__(self, role, key, payout, payer, amount):
        self.role, self.key, self.payout = role, key, payout
        #: Nothing once the deposit came back or is lost.
        self.payer, self.amount = payer, amount
        self.dealt = self.accepted = self.strikes = 0

    def deposit(self):
        return (self.payer, self.amount) if self.amount else None

    def stored(self):
        return {field: getattr(self, field) for field in (
            "role", "key", "payout", "dealt", "accepted", "strikes")}


class Use:
    """What a run keeps about one of its datasets."""

    def __init__(self, dataset, payee):
        self.owner, self.payout, self.records = dataset.owner, payee, dataset.records
        self.flat_fee = dataset.licence["flat_fee"]
        self.price = dataset.licence["price_per_record"]
        self.standing, self.offset, self.used, self.vested = "Asked", 0, 0, 0

    def stored(self):
        return {"price_per_record": self.price, **{field: getattr(self, field) for field in (
            "owner", "payout", "records", "flat_fee", "standing", "offset", "used", "vested")}}

    def ceiling(self):
        return self.flat_fee + self.price * self.records


class Run:
    def __init__(self, sponsor, plan, uses):
        self.sponsor, self.plan, self.uses = sponsor, plan, uses
        self.state, self.deadline, self.deposit = None, 0, 0
        self.enrolments, self.rosters = {}, {"Trainer": [], "User": []}
        self.invitations, self.committee_deposits = {}, {}
        self.tasks, self.done, self.missed, self.chunks = {}, set(), {}, set()
        self.accepted = self.round = self.kill_fee = self.posted = 0
        self.enrolled = 0
        self.model, self.revealed = plan["initial_model"], None
        self.batches = {}
        #: The epoch that deals the first round, unless that was put off.
        self.first_epoch, self.put_off = None, False
        #: The last number of the queue that was dealt, and how many the queue had so far, besides
        #: one for each round's average.
        self.queued, self.waited = -1, 0
        self.chunks_a_round, self.units = self.size()

    def size(self):
        """Training tasks of a round, and the units planned per role."""
        plan, chunks = self.plan, 0
        for use in self.uses.values():
            use.offset = chunks
            chunks += -(-use.records // plan["records_per_task"])
        records = sum(use.records for use in self.uses.values())
        trainer = (records * plan["passes"] + plan["aggregate_units"]) * plan["rounds"]
        feedback = plan["feedback"] or {"batches": 0, "items_per_batch": 0}
        user = feedback["batches"] * feedback["items_per_batch"]
        return chunks, dict(zip(ROLES, [0, trainer, user, trainer + user, 0]))

    def planned_tasks(self):
        batches = (self.plan["feedback"] or {"batches": 0})["batches"]
        return self.plan["rounds"] * (self.chunks_a_round + 1) + batches

    def parties(self):
        return {self.sponsor} | {use.owner for use in self.uses.values()}

    def vested(self):
        """Datasets of which a record was used, in ascending order."""
        return [(number, use) for number, use in sorted(self.uses.items()) if use.used > 0]

    def classes(self):
        """Number of labels."""
        (_, features), = self.plan["features"].items()
        return features["classes"]


class Runs(Tasks, Receipts):
    IGNORED = ()

    def __init__(self, world):
        self.world, self.report = world, world.report
        self.runs = {}
        self.begin_extrinsic()

    def begin_extrinsic(self):
        #: Deposits for another committee that ended, as (run, task, lost).
        self.ended, self.kill_fees, self.striking = [], [], []
        #: Receipts that were handed in, and are neither accepted nor refused yet.
        calls = self.world.calls.every("Training", "submit")
        self.submitted = [(given["run"], item) for _, given in calls for item in given["items"]]

    def end_extrinsic(self):
        for run, task, lost in self.ended:
            state, over = run.tasks[task].state, run.state in OVER
            right = state == "Missed" or state == "Open" and over
            self.report.equal(CHECK, f"whether the deposit for a committee of task {task} is lost",
                              lost, right)
        for run, payee in self.kill_fees:
            self.report.differ(CHECK, f"no kill fee of run {run} for {payee}")
        for run, who in self.striking:
            self.report.differ(CHECK, f"{who} was not struck off run {run}")
        if self.world.succeeded and self.world.calls.sole("Training", "submit"):
            self.report.equal(RECEIPTS, "receipts neither accepted nor refused",
                              len(self.submitted), 0)

    def constant(self, name):
        return self.world.constants[f"Training.{name}"]

    def run(self, it):
        run = self.runs.get(it["run"])
        if run is None:
            self.report.differ(CHECK, f"run {it['run']} was never proposed")
            raise self.world.Lost
        return run

    # A run's life

    def on_run_proposed(self, it):
        number, sponsor, equal = it["run"], it["sponsor"], self.report.equal
        called = self.world.called("Training", "propose", sponsor, it,
                                   lambda given: given["plan"]["budget"] == it["budget"])
        if called is None:
            return
        plan, catalogue = called["plan"], self.world.datasets
        uses = {}
        for dataset in plan["datasets"]:
            usable = catalogue.usable(dataset)
            if not self.report.holds(CHECK, f"run {number} on dataset {dataset}, which cannot be"
                                     " used", usable):
                return
            catalogue.request(dataset, number)
            uses[dataset] = Use(catalogue.datasets[dataset], catalogue.payee(dataset))
        run = self.runs[number] = Run(sponsor, plan, uses)
        equal(CHECK, "number of a run", number, max(self.runs))
        equal(CHECK, f"what run {number} is paid in", it["asset"], plan["asset"])
        self.world.settlement.proposed(number, plan["asset"])
        equal(CHECK, f"split of run {number}", sum(plan["split_ppm"]), MILLION)
        self.report.holds(CHECK, f"bond of run {number} is below a tenth of its budget",
                          plan["bond"] * 10 >= plan["budget"])
        self.report.holds(LICENCE, f"run {number} may use more than its licence purse",
                          sum(use.ceiling() for use in uses.values()) <= plan["max_licence"])
        self.report.holds(CHECK, f"{sponsor} trains on its own data",
                          all(use.owner != sponsor for use in uses.values()))
        for purse, field in PURSES.items():
            equal("purses", f"{purse} of run {number}", self.world.settlement.held(number, purse),
                  plan[field])
        run.deposit = self.storage_deposit(run)
        self.world.balances.deposit(sponsor, "Training.Run", run.deposit)

    def storage_deposit(self, run):
        """docs/deposits-and-fees.md, "Deposits and bonds"."""
        tasks, plan = run.planned_tasks(), run.plan
        drawn = tasks * self.constant("MaxAttempts") * COMMITTEES * plan["committee"]
        return (self.constant("RunDeposit") + self.constant("UseDeposit") * len(run.uses)
                + self.constant("PlaceDeposit") * plan["max_enrolments"]
                + self.constant("TaskDeposit") * tasks
                + self.constant("LockDeposit") * min(drawn, self.constant("MaxLocks")))

    def on_state_entered(self, it):
        run, state, now = self.run(it), it["state"], self.world.now
        if not self.report.holds(CHECK, f"run {it['run']} came from {run.state} to {state}",
                                 run.state in BEFORE[state]):
            return
        before, run.state = run.state, state
        windows = run.plan["windows"]
        deadline = {
            "Proposed": windows["grant"], "Enrolling": windows["enrol"],
            "Working": windows["work"], "Challenge": windows["challenge"],
            "Appraising": self.longest_appraisal(windows),
        }.get(state, 0)
        self.report.equal(CHECK, f"deadline of run {it['run']} ({state})", it["deadline"],
                          now + deadline)
        passed, run.deadline = now > run.deadline, it["deadline"]
        getattr(self, f"enter_{state.lower()}")(it["run"], run, before, passed)

    def longest_appraisal(self, windows):
        """Tests and stream, and each draw with its wait, commitments and reveals; each phase is
        left in the block after its last."""
        stream = max(windows["appraise_reveal"], self.world.constants["Valuation.MinStreamBlocks"])
        wait = self.world.constants["Babe.EpochDuration"] * EFFECT_DELAY
        phases = [windows["test_reveal"], stream]
        phases += [wait, windows["appraise_commit"], windows["appraise_reveal"]] * APPRAISER_DRAWS
        return sum(phase + 1 for phase in phases)

    def enter_proposed(self, number, run, before, passed):
        pass

    def enter_enrolling(self, number, run, before, passed):
        standings = [use.standing for use in run.uses.values()]
        self.report.holds(CHECK, f"run {number} enrols without knowing its datasets: {standings}",
                          "Asked" not in standings and "Admitted" in standings)

    def enter_working(self, number, run, before, passed):
        self.report.holds(CHECK, f"run {number} works before its time, or without a trainer",
                          passed and run.rosters["Trainer"])
        run.first_epoch = self.world.epoch + EFFECT_DELAY

    def enter_appraising(self, number, run, before, passed):
        self.report.holds(CHECK, f"run {number} is appraised, and nothing was accepted",
                          run.accepted > 0)

    def enter_challenge(self, number, run, before, passed):
        self.report.holds(CHECK, f"run {number} was not appraised", run.revealed is not None)

    def enter_settling(self, number, run, before, passed):
        """Who is paid for a dataset is whoever is its payee now; then all tables are closed."""
        self.report.holds(CHECK, f"the challenge of run {number} ended too early", passed)
        for dataset, use in run.vested():
            payee = self.world.datasets.payee(dataset)
            if payee is not None and payee != use.payout:
                use.payout = payee
                self.world.ledger.record(number, "DataProvider", ("Dataset", dataset), payee, 0)
        self.world.ledger.close(number)
        self.world.settlement.begin_naming(number, run.uses)

    def enter_settled(self, number, run, before, passed):
        self.world.settlement.settled(number)
        self.let_go(number, run)

    def enter_cancelled(self, number, run, before, passed):
        """Everything returns but for the kill fees, which a sponsor owes that cancels a run in
        which somebody enrolled."""
        cancelled = self.world.calls.take("Training", "cancel", run.sponsor,
                                          lambda given: given["run"] == number)
        if cancelled and before == "Enrolling" and run.enrolled:
            fee = part(run.plan["budget"], self.constant("KillFeePpm"))
            run.kill_fee = fee // run.enrolled
        elif not cancelled:
            nothing = {
                "Proposed": all(use.standing == "Dropped" for use in run.uses.values()),
                "Enrolling": passed and not run.rosters["Trainer"],
                "Working": run.accepted == 0,
            }[before]
            self.report.holds(CHECK, f"run {number} ended while {before}, for no reason", nothing)
        self.report.holds(CHECK, f"run {number} was cancelled while Working",
                          not (cancelled and before == "Working"))
        self.world.settlement.cancelled(number, run.sponsor, run.kill_fee * run.enrolled)
        self.let_go(number, run)

    def let_go(self, number, run):
        """Its datasets are in use no more."""
        for dataset in run.uses:
            self.world.datasets.close(dataset, number)

    def on_run_pruned(self, it):
        run = self.run(it)
        self.report.equal(CHECK, f"deposit of run {it['run']}", it["deposit"], run.deposit)
        self.report.holds(CHECK, f"run {it['run']} was pruned with deposits left, or too early",
                          not run.committee_deposits and not run.invitations and not run.enrolled
                          and (run.state == "Cancelled" or run.state == "Settled" and self.world.now
                               >= run.deadline + self.constant("RetentionBlocks")))
        self.world.balances.deposit(run.sponsor, "Training.Run", -run.deposit)
        del self.runs[it["run"]]
        self.world.appraisals.forget(it["run"])

    def on_tip_paid(self, it):
        run = self.run(it)
        callers = [who for who, given in self.world.calls.every("Training", "advance", "deal")
                   if given["run"] == it["run"]
                   and given["limit"] >= self.constant("MinTippedLimit")]
        self.report.holds("tips", f"{it['who']} moved no run on", it["who"] in callers)
        left = self.world.settlement.held(it["run"], "Tip") + it["amount"]
        self.report.equal("tips", f"tip of {it['who']}", it["amount"],
                          min(run.plan["tip_per_advance"], left))
        self.world.settlement.released_for(it["run"], "Tip", it["who"], it["amount"])

    # Datasets of a run

    def on_dataset_admitted(self, it):
        self.decide(it, "Admitted", True)

    def on_dataset_dropped(self, it):
        self.decide(it, "Dropped", False)
        self.world.datasets.close(it["dataset"], it["run"])

    def decide(self, it, standing, expected):
        catalogue, key = self.world.datasets, (it["dataset"], it["run"])
        use = self.run(it).uses[it["dataset"]]
        self.report.equal(CHECK, f"dataset {it['dataset']} of run {it['run']} before it was decided"
                          " on", use.standing, "Asked")
        self.report.equal(CHECK, f"whether run {it['run']} may use dataset {it['dataset']}",
                          expected, catalogue.granted(*key) and catalogue.dealable(*key))
        use.standing = standing

    # Enrolling

    def on_enrolled(self, it):
        run, who, role = self.run(it), it["who"], it["role"]
        called = self.world.called("Training", "enrol", who, it, lambda given: (
            given["run"] == it["run"] and given["role"] == role))
        if called is None:
            return
        self.report.holds(CHECK, f"{who} enrolled out of time or against its interest",
                          run.state == "Enrolling" and self.world.now <= run.deadline
                          and who not in run.parties() and who not in run.enrolments)
        invitation = run.invitations.get(who)
        if invitation and invitation[1] == role:
            payer, _, amount = run.invitations.pop(who)
        else:
            payer, amount = who, self.constant("EnrolmentDeposit")
            self.world.balances.deposit(who, "Training.Enrolment", amount)
        run.enrolments[who] = Enrolment(role, called["key"], called["payout"], payer, amount)
        run.rosters[role].append(who)
        run.enrolled += 1

    def on_enrolment_withdrawn(self, it):
        run = self.run(it)
        enrolment = run.enrolments.pop(it["who"])
        run.rosters[enrolment.role].remove(it["who"])
        run.enrolled -= 1
        self.end_deposit(it["who"], enrolment, False)

    def end_deposit(self, who, enrolment, lost):
        reason = "Enrolment" if enrolment.payer == who else "Invitation"
        self.forfeit(f"Training.{reason}", enrolment.payer, enrolment.amount, lost)

    def forfeit(self, reason, who, amount, lost):
        self.world.balances.deposit(who, reason, -amount)
        if lost:
            parts = self.world.constants["Attestors.Penalty"]
            self.world.balances.expect_taking(reason, who, amount, parts)

    def on_enrolment_released(self, it):
        self.end_enrolment(it, False)

    def on_enrolment_forfeited(self, it):
        self.end_enrolment(it, True)

    def end_enrolment(self, it, lost):
        """It is lost when tasks were dealt that left the whole window, and none was accepted."""
        run, who = self.run(it), it["who"]
        enrolment = run.enrolments[who]
        self.report.equal(CHECK, f"whether the deposit of {who} is lost", lost,
                          enrolment.dealt > 0 and enrolment.accepted == 0)
        self.report.equal(CHECK, f"deposit of {who}", (it["payer"], it["amount"]),
                          (enrolment.payer, enrolment.amount))
        self.end_deposit(who, enrolment, lost)
        enrolment.amount = 0
        run.enrolled -= 1
        if run.kill_fee:
            self.kill_fees.append((it["run"], enrolment.payout))

    def on_kill_fee_paid(self, it):
        run, key = self.run(it), (it["run"], it["payee"])
        self.report.equal(CHECK, f"kill fee of {it['payee']}", it["amount"], run.kill_fee)
        if self.report.holds(CHECK, f"{it['payee']} is due no kill fee", key in self.kill_fees):
            self.kill_fees.remove(key)
        self.world.settlement.released_for(it["run"], "Budget", it["payee"], it["amount"])

    def on_invitation_made(self, it):
        run, deposit = self.run(it), self.constant("EnrolmentDeposit")
        called = self.world.called("Training", "invite", it["inviter"], it, lambda given: (
            all(given[field] == it[field] for field in ("run", "who", "role", "purse"))))
        if called is None:
            return
        purses = self.world.constants["Balances.ExistentialDeposit"], self.constant("MaxPurse")
        self.report.holds(CHECK, f"purse of {it['purse']} for {it['who']}",
                          purses[0] <= it["purse"] <= purses[1])
        run.invitations[it["who"]] = it["inviter"], it["role"], deposit
        self.world.balances.deposit(it["inviter"], "Training.Invitation", deposit)
        self.world.balances.expect_transfer(it["inviter"], it["who"], it["purse"])

    def on_invitation_released(self, it):
        inviter, _, amount = self.run(it).invitations.pop(it["who"])
        self.report.equal(CHECK, f"deposit of an invitation of {it['who']}",
                          (it["inviter"], it["amount"]), (inviter, amount))
        self.world.balances.deposit(inviter, "Training.Invitation", -amount)

    def on_struck_off(self, it):
        run, key = self.run(it), (it["run"], it["who"])
        if self.report.holds(TASKS, f"{it['who']} was struck off too early", key in self.striking):
            self.striking.remove(key)
        roster = run.rosters[run.enrolments[it["who"]].role]
        if it["who"] in roster:
            roster.remove(it["who"])

    def on_appraised(self, it):
        run = self.run(it)
        self.report.holds(CHECK, f"run {it['run']} was appraised again", run.revealed is None)
        self.report.equal("appraisals", f"result of the appraisal of run {it['run']}",
                          (it["revealed"], it["basis"]),
                          self.world.appraisals.result(it["run"]))
        run.revealed = it["revealed"]

    # The end of the chain

    def finish(self, state):
        equal = self.report.equal
        stored = {number: it for (number,), it in state.items("Training", "Runs")}
        equal(CHECK, "runs", sorted(stored), sorted(self.runs))
        for number in {*stored} & {*self.runs}:
            it, run = stored[number], self.runs[number]
            equal(CHECK, f"run {number}",
                  [it[field] for field in ("sponsor", "state", "deadline", "deposit", "round",
                                           "accepted", "next_task", "enrolled", "kill_fee_each",
                                           "revealed", "model", "feedback_posted")],
                  [run.sponsor, run.state, run.deadline, run.deposit, run.round, run.accepted,
                   len(run.tasks), run.enrolled, run.kill_fee, run.revealed, run.model,
                   run.posted])
            equal(CHECK, f"what is planned for run {number}", it["planned"], {
                "tasks_per_round": run.chunks_a_round, "units": [*run.units.values()]})
        self.finish_parts(state)

    def finish_parts(self, state):
        """What is kept for each dataset and each account. Of a run that is over it may be gone."""
        equal, parts = self.report.equal, ("RunDatasets", "Enrolments")
        stored = {name: dict(state.items("Training", name)) for name in parts}
        known = {
            "RunDatasets": {(number, dataset): use.stored() for number, run in self.runs.items()
                            for dataset, use in run.uses.items()},
            "Enrolments": {(number, who): enrolment.stored() for number, run in self.runs.items()
                           for who, enrolment in run.enrolments.items()},
        }
        for name, check in zip(parts, (LICENCE, CHECK)):
            for key in {**stored[name], **known[name]}:
                it, expected = stored[name].get(key), known[name].get(key)
                if it is None and self.runs[key[0]].state in OVER:
                    continue
                found = it and {field: it[field] for field in expected or it}
                equal(check, f"{key[1]} in run {key[0]}", found, expected)
        for name, found in (("EnrolmentDeposits", "enrolments"), ("Invitations", "invitations"),
                            ("CommitteeDeposits", "committee_deposits")):
            kept = {key: deposit_of(it) for key, it in state.items("Training", name)}
            known = {(number, which): each if name != "EnrolmentDeposits" else each.deposit()
                     for number, run in self.runs.items()
                     for which, each in getattr(run, found).items()}
            if name == "CommitteeDeposits":
                known = {key: amount for key, (_, amount) in known.items()}
            known = {key: each for key, each in known.items() if each is not None}
            equal(CHECK, name, kept, known)


def deposit_of(stored):
    """A stored deposit as the replay keeps it."""
    return tuple(stored.values()) if isinstance(stored, dict) else stored
