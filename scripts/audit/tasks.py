"""Tasks of runs: what they are worth, and who gets them.

Written from pallets/training/README.md, and docs/audit.md, "Draws, to the byte"."""

from draws import deal, draw
from encoding import u8, u16, u32, u64

DEPOSITS, TASKS = "runs", "tasks and their draws"
#: What keeps draws under one seed apart: the first byte of their context.
ROUND, CHUNK, QUEUED, QUEUED_COMMITTEE, AGGREGATE, AGGREGATE_COMMITTEE = map(u8, range(6))


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


class Tasks:
    """The part of `Runs` that is about tasks.

    It uses what that has: `world`, `report`, `run`, `constant`, `forfeit`, `ended`, `striking`."""

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
            self.report.holds(DEPOSITS, f"the deposit for {what} should have come back",
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
        self.report.equal(DEPOSITS, "deposit for another committee", it["deposit"],
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
        self.report.equal(DEPOSITS, f"deposit for another committee of task {it['task']}",
                          (it["contributor"], it["amount"]), known)
        self.ended.append((run, it["task"], lost))
        self.forfeit("Training.Committee", it["contributor"], it["amount"], lost)
