"""Runs: what was planned, dealt and accepted, and what is held for it.

Written from pallets/training/README.md and docs/deposits-and-fees.md."""

from draws import deal, draw
from encoding import account_bytes, tohex, u8, u16, u32, u64, unhex
from ledger import ROLES
from seats import EFFECT_DELAY
from shares import MILLION, part
from signatures import receipt_id, receipt_signed, states_signed

CHECK, TASKS, RECEIPTS, LICENCE = "runs", "tasks and their draws", "receipts", "licence money"
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
#: What keeps draws under one seed apart: the first byte of their context.
ROUND, CHUNK, QUEUED, QUEUED_COMMITTEE, AGGREGATE, AGGREGATE_COMMITTEE = map(u8, range(6))


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


class Task:
    def __init__(self, it, whole):
        self.work, self.round, self.units = it["work"], it["round"], it["units"]
        self.contributor, self.committee = it["contributor"], it["committee"]
        self.base_model, self.deadline = it["base_model"], it["deadline"]
        self.attempt, self.replaces, self.epoch = it["attempt"], it["replaces"], it["epoch"]
        self.whole, self.state = whole, "Open"

    def kind(self):
        return self.work if isinstance(self.work, str) else next(iter(self.work))

    def what(self):
        """The piece of work, whoever does it."""
        if self.kind() == "Aggregate":
            return "Aggregate", self.round
        detail = self.work[self.kind()]
        if self.kind() == "Feedback":
            return "Feedback", detail["batch"]
        return "Train", self.round, detail["dataset"], detail["first"]


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


class Runs:
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

    # Tasks

    def on_feedback_posted(self, it):
        run = self.run(it)
        plan = run.plan["feedback"] or {"batches": 0, "items_per_batch": 0}
        self.report.holds(TASKS, f"batch {it['batch']} of {it['items']} items is not planned",
                          it["batch"] == run.posted < plan["batches"]
                          and 1 <= it["items"] <= plan["items_per_batch"])
        run.posted += 1
        run.waited += 1
        run.batches[it["batch"]] = it["items"]

    def on_draw_put_off(self, it):
        run = self.run(it)
        run.put_off = True
        run.waited += 1

    def on_task_dealt(self, it):
        run, number = self.run(it), it["task"]
        stored = self.world.dealt.get((it["run"], number))
        if not self.report.holds(TASKS, f"task {number} of run {it['run']} is not stored", stored):
            return
        end = self.world.now + run.plan["windows"]["task"]
        task = Task(stored, end <= run.deadline)
        what = f"task {number} of run {it['run']}"
        equal = self.report.equal
        equal(TASKS, f"number of {what}", number, len(run.tasks))
        equal(TASKS, f"deadline of {what}", (it["deadline"], task.deadline),
              (min(end, run.deadline),) * 2)
        equal(TASKS, f"contributor of {what}", it["contributor"], task.contributor)
        equal(TASKS, f"units of {what}", task.units, self.units_of(it["run"], run, task))
        self.report.holds(TASKS, f"{what} is done already", task.what() not in run.done)
        if task.kind() != "Feedback":
            equal(TASKS, f"round of {what}", task.round, run.round)
        equal(TASKS, f"model that {what} starts from", task.base_model, run.model)
        equal(TASKS, f"draw of {what}", (task.contributor, task.committee),
              self.drawn(it["run"], run, task))
        run.tasks[number] = task
        if task.whole:
            run.enrolments[task.contributor].dealt += 1
        replaced = run.tasks.get(task.replaces)
        if replaced is not None and task.whole and task.contributor == replaced.contributor:
            deposit = run.committee_deposits.pop(task.replaces, None)
            if deposit is not None:
                run.committee_deposits[number] = deposit
        else:
            self.report.holds(CHECK, f"the deposit for {what} should have come back",
                              task.replaces not in run.committee_deposits)

    def units_of(self, number, run, task):
        """What a task is worth by the plan; None when it cannot be dealt."""
        plan, kind = run.plan, task.kind()
        if kind == "Aggregate":
            return plan["aggregate_units"]
        work = task.work[kind]
        if kind == "Feedback":
            return work["items"] if run.batches.get(work["batch"]) == work["items"] else None
        use = run.uses.get(work["dataset"])
        size = plan["records_per_task"]
        if (use is None or use.standing != "Admitted" or work["first"] % size
                or not self.world.datasets.dealable(work["dataset"], number)
                or work["count"] != min(size, use.records - work["first"])
                or work["passes"] != plan["passes"]):
            return None
        return work["count"] * plan["passes"]

    def drawn(self, number, run, task):
        """Contributor and committee as the seed of the task's epoch draws them."""
        seed = self.world.seeds.get(task.epoch)
        if seed is None:
            return None
        place = u64(number) + u16(task.round)
        roster = run.rosters["User" if task.kind() == "Feedback" else "Trainer"]
        if task.attempt == 1 and task.replaces is None and task.kind() == "Train":
            if task.round == 0 and not run.put_off and task.epoch != run.first_epoch:
                return f"epoch {run.first_epoch}"
            work = task.work["Train"]
            position = (run.uses[work["dataset"]].offset
                        + work["first"] // run.plan["records_per_task"])
            dealt = deal(seed, ROUND + place, run.chunks_a_round, roster)
            contributor = dealt[position] if dealt else None
            return contributor, self.committee(run, task, contributor, seed,
                                               CHUNK + place + u32(position))
        if task.kind() == "Aggregate" and task.what() not in run.missed and task.replaces is None:
            contributor = (draw(seed, AGGREGATE + place, roster, 1) or [None])[0]
            return contributor, self.committee(run, task, contributor, seed,
                                               AGGREGATE_COMMITTEE + place)
        # Numbers of the queue only rise. Which one it is no event tells.
        for queued in range(run.queued + 1, run.waited + run.round + 1):
            context = u64(number) + u32(queued)
            contributor = self.chosen(run, task, roster, seed, QUEUED + context)
            committee = self.committee(run, task, contributor, seed, QUEUED_COMMITTEE + context)
            if (contributor, committee) == (task.contributor, task.committee):
                run.queued = queued
                return contributor, committee
        return "nobody by any number of the queue"

    def chosen(self, run, task, roster, seed, context):
        if task.replaces is not None:
            asked = run.tasks[task.replaces].contributor
            if asked in roster:
                return asked
            avoided = None
        else:
            avoided = run.missed.get(task.what())
        others = [who for who in roster if who != avoided] or roster
        return (draw(seed, context, others, 1) or [None])[0]

    def committee(self, run, task, contributor, seed, context):
        size, parties = run.plan["committee"], run.parties()
        seats = [who for who in self.world.seats.eligible("Attestor", task.epoch)
                 if who not in parties and who != contributor]
        if task.replaces is not None:
            silent = run.tasks[task.replaces].committee
            others = [who for who in seats if who not in silent]
            seats = others if len(others) >= size else seats
        return draw(seed, context, seats, size)

    def on_work_dropped(self, it):
        self.run(it)

    def on_task_missed(self, it):
        run = self.run(it)
        task, enrolment = run.tasks[it["task"]], run.enrolments[it["contributor"]]
        self.report.holds(TASKS, f"task {it['task']} of run {it['run']} was not missed",
                          task.state == "Open" and self.world.now > task.deadline
                          and task.contributor == it["contributor"])
        self.report.equal(TASKS, f"whether task {it['task']} of run {it['run']} is dealt again",
                          it["again"], task.attempt < self.constant("MaxAttempts"))
        task.state = "Missed"
        run.waited += it["again"]
        run.missed[task.what()] = task.contributor
        enrolment.strikes = min(enrolment.strikes + 1, 255)
        if enrolment.strikes == self.constant("MaxStrikes"):
            self.striking.append((it["run"], it["contributor"]))

    def on_committee_requested(self, it):
        run = self.run(it)
        task, window = run.tasks[it["task"]], run.plan["windows"]["task"]
        left = task.deadline - self.world.now
        self.report.holds(TASKS, f"task {it['task']} of run {it['run']} gets no other committee",
                          task.state == "Open" and task.replaces is None
                          and task.contributor == it["contributor"] and 0 <= left <= window // 2)
        self.report.equal(CHECK, "deposit for another committee", it["deposit"],
                          self.constant("CommitteeDeposit"))
        task.state = "Replaced"
        run.waited += 1
        run.enrolments[it["contributor"]].dealt -= 1
        run.committee_deposits[it["task"]] = it["contributor"], it["deposit"]
        self.world.balances.deposit(it["contributor"], "Training.Committee", it["deposit"])

    def on_committee_deposit_released(self, it):
        self.end_committee(it, False)

    def on_committee_deposit_forfeited(self, it):
        self.end_committee(it, True)

    def end_committee(self, it, lost):
        run = self.run(it)
        known = run.committee_deposits.pop(it["task"], None)
        self.report.equal(CHECK, f"deposit for another committee of task {it['task']}",
                          (it["contributor"], it["amount"]), known)
        self.ended.append((run, it["task"], lost))
        self.forfeit("Training.Committee", it["contributor"], it["amount"], lost)

    # Receipts

    def on_receipt_refused(self, it):
        submission = self.take_submission(it)
        if submission:
            self.report.equal(RECEIPTS, f"why receipt {it['receipt']} is refused", it["reason"],
                              self.refusal(it["run"], submission))

    def take_submission(self, it):
        """What was handed in, as the event's receipt, and was not judged before."""
        for place, (number, item) in enumerate(self.submitted):
            receipt = item["receipt"]
            if (number, receipt["task"], tohex(receipt_id(receipt))) == (
                    it["run"], it["task"], it["receipt"]):
                del self.submitted[place]
                return item
        self.report.differ(RECEIPTS, f"receipt {it['receipt']} was not handed in")
        return None

    def refusal(self, number, submission):
        """Why a receipt is refused: the first of the reasons, in their order; None if it is not."""
        run, receipt, now = self.runs[number], submission["receipt"], self.world.now
        task = run.tasks.get(receipt["task"])
        state = task.state if task else None
        contributor = task and account_bytes(task.contributor)
        enrolment = task and run.enrolments.get(task.contributor)
        reasons = [
            ("WrongGenesis", lambda: receipt["genesis"] != self.world.genesis),
            ("UnknownVersion", lambda: receipt["version"] != 1),
            ("WrongRun", lambda: receipt["run"] != number),
            ("RunNotWorking", lambda: run.state != "Working"),
            ("TaskNotFound", lambda: task is None),
            ("TaskDone", lambda: state == "Done"),
            ("TaskReplaced", lambda: state == "Replaced"),
            ("NotYourTask", lambda: account_bytes(receipt["contributor"]) != contributor),
            ("DeadlinePassed", lambda: state != "Open" or now > task.deadline),
            ("Expired", lambda: now > receipt["valid_until"]),
            ("WrongBaseModel", lambda: receipt["base_model"] != task.base_model),
            ("NoSteps", lambda: receipt["steps"] == 0),
            ("MetricOutOfRange", lambda: max(receipt["metric_before"], receipt["metric_after"])
             > MILLION),
            ("NotYourTask", lambda: enrolment is None),
            ("BadSignature", lambda: not receipt_signed(submission, unhex(enrolment.key))),
            ("QuorumNotReached", lambda: len(self.signers(task, submission))
             < run.plan["quorum"]),
        ]
        return next((reason for reason, applies in reasons if applies()), None)

    def on_receipt_accepted(self, it):
        run, number, equal = self.run(it), it["run"], self.report.equal
        submission, what = self.take_submission(it), f"receipt {it['receipt']}"
        if submission is None:
            return
        if not equal(RECEIPTS, f"why {what} is refused", None, self.refusal(number, submission)):
            return
        task = run.tasks[it["task"]]
        self.report.holds(RECEIPTS, f"the work of {what} counts twice", task.what() not in run.done)
        equal(RECEIPTS, f"contributor of {what}", it["contributor"], task.contributor)
        equal(RECEIPTS, f"units of {what}", it["units"], task.units)
        enrolment = run.enrolments[task.contributor]
        signers = self.signers(task, submission)
        equal("signatures", f"who of its committee signed {what}", it["signers"],
              sum(1 << place for place in signers))
        ledger, seats = self.world.ledger, self.world.seats
        ledger.record(number, enrolment.role, ("Account", task.contributor), enrolment.payout,
                      task.units)
        for place in signers:
            who = task.committee[place]
            ledger.record(number, "Attestor", ("Account", who), seats.payee("Attestor", who),
                          task.units)
        if task.kind() == "Train":
            self.use_records(number, run, task.work["Train"])
        task.state = "Done"
        run.done.add(task.what())
        run.accepted += 1
        enrolment.accepted += 1
        enrolment.strikes = 0
        if task.kind() == "Aggregate":
            equal(RECEIPTS, f"model after round {run.round} of run {number}", run.model,
                  submission["receipt"]["result"])

    def signers(self, task, submission):
        """Places in the committee of those who vouch for a receipt."""
        found, receipt = set(), receipt_id(submission["receipt"])
        for each in submission["attestations"]:
            attestor = account_bytes(each["attestor"])
            for place, who in enumerate(task.committee):
                if account_bytes(who) != attestor or place in found:
                    continue
                if self.world.seats.active("Attestor", who) and states_signed(
                        each["signature"], receipt, attestor, each["states"],
                        unhex(self.world.seats.seats["Attestor"][who].key)):
                    found.add(place)
        return sorted(found)

    def use_records(self, number, run, work):
        """Records are paid for when an accepted task uses them for the first time."""
        use, chunk = run.uses[work["dataset"]], (work["dataset"], work["first"])
        if chunk in run.chunks:
            return
        run.chunks.add(chunk)
        use.vested += use.price * work["count"] + (use.flat_fee if use.used == 0 else 0)
        use.used += work["count"]
        self.report.holds(LICENCE, f"dataset {work['dataset']} earned more than all of it costs",
                          use.vested <= use.ceiling() and use.used <= use.records)
        payee = self.world.datasets.payee(work["dataset"])
        use.payout = use.payout if payee is None else payee
        self.world.ledger.record(number, "DataProvider", ("Dataset", work["dataset"]), use.payout,
                                 work["count"])

    def on_round_finished(self, it):
        """It comes before the receipt, which says whether this is its model."""
        run = self.run(it)
        self.report.equal(RECEIPTS, f"round of run {it['run']} that is finished", it["round"],
                          run.round)
        run.model = it["model"]
        run.round += 1

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
