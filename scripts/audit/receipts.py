"""Receipts of runs: why they are refused, and what an accepted one books.

Written from pallets/training/README.md and primitives/receipt/README.md."""

from encoding import account_bytes, tohex, unhex
from shares import MILLION
from signatures import receipt_id, receipt_signed, states_signed

RECEIPTS, LICENCE = "receipts", "licence money"


class Receipts:
    """The part of `Runs` that is about receipts.

    It uses what that has: `world`, `report`, `runs`, `run`, `submitted`."""

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
