"""What data and labels were worth: commitments, counts, scores and weights, all computed anew
(pallets/valuation/README.md, DESIGN section 7)."""

from collections import Counter

from draws import draw
from encoding import account_bytes, address, blake2_256, tohex, u8, u64, unhex
from scores import (
    GOLD, TESTS, Refused, commitment, header_digest, next_digest, payable, point_scores,
    user_weight,
)
from seats import EFFECT_DELAY

CHECK, COUNTS, WEIGHTS = "appraisals", "streamed counts", "scores and weights"
CONTEXT = b"guerdon/appraisers/v1"
MAX_DRAWS = 2
#: Epochs for which the seed of a draw is kept.
SEEDS_KEPT = 8


class Appraisal:
    def __init__(self, run, excluded):
        self.run, self.excluded = run, excluded
        self.phase, self.deadline, self.epoch = "AwaitingTests", 0, None
        self.draws, self.appraisers, self.silent = 0, [], []
        #: Hashes and, once shown, digests by appraiser.
        self.committed, self.revealed = {}, {}
        self.shown, self.scored, self.digest, self.basis = False, False, None, None
        #: The stream: what the next link must hash to, what came, and the sums.
        self.expected, self.points, self.users, self.last_user = None, 0, 0, None
        self.scores = Counter()

    def quiet(self):
        """Appraisers that did not do what they could by now."""
        done = self.revealed if self.phase == "Revealing" else self.committed
        return [who for who in self.appraisers if who not in done]

    def votes(self):
        """The digest that most revealed, and how many did."""
        return max(Counter(self.revealed.values()).items(), key=lambda vote: vote[1],
                   default=(None, 0))


class Appraisals:
    IGNORED = ()

    def __init__(self, world):
        self.world, self.report = world, world.report
        self.appraisals = {}
        self.begin_extrinsic()

    def begin_extrinsic(self):
        #: Weights of users that were computed, and not told of yet.
        self.scored, self.falling, self.streamed = {}, set(), {}

    def end_extrinsic(self):
        for key, weight in self.scored.items():
            self.report.differ(WEIGHTS, f"user {key} was not told of its weight {weight}")
        for number in self.falling:
            self.report.differ(CHECK, f"run {number} should have fallen back")
        self.begin_extrinsic()

    def get(self, it):
        appraisal = self.appraisals.get(it["run"])
        if appraisal is None:
            self.report.differ(CHECK, f"run {it['run']} is not appraised")
            raise self.world.Lost
        return appraisal

    def forget(self, number):
        """The run was pruned; its scores stay."""
        if number in self.appraisals:
            self.appraisals[number].run = None

    def passed(self, appraisal):
        return self.world.now > appraisal.deadline

    def result(self, number):
        appraisal = self.appraisals[number]
        plain = appraisal.run.plan["method"] == "LicencePrice"
        return appraisal.shown or plain, appraisal.basis

    def plan(self, appraisal):
        return appraisal.run.plan

    # From the tests to the reveals

    def on_opened(self, it):
        run = self.world.runs.run(it)
        self.report.holds(CHECK, f"run {it['run']} is appraised again",
                          it["run"] not in self.appraisals)
        excluded = run.parties() | set(run.enrolments)
        appraisal = self.appraisals[it["run"]] = Appraisal(run, excluded)
        appraisal.deadline = self.world.now + run.plan["windows"]["test_reveal"]
        if run.plan["method"] == "LicencePrice":
            self.falling.add(it["run"])

    def on_tests_revealed(self, it):
        appraisal = self.get(it)
        plan = self.plan(appraisal)
        called = self.world.called("Valuation", "reveal_tests", appraisal.run.sponsor, it,
                                   lambda given: given["run"] == it["run"]
                                   and given["root"] == it["root"])
        if called is None:
            return
        self.report.holds(CHECK, f"the tests of run {it['run']} came too late",
                          appraisal.phase == "AwaitingTests" and not self.passed(appraisal))
        shown = tohex(blake2_256(TESTS, unhex(called["salt"]), unhex(it["root"])))
        self.report.equal(CHECK, f"what run {it['run']} committed to as its tests",
                          plan["test_commitment"], shown)
        gold = called["gold"] and tohex(
            blake2_256(GOLD, unhex(called["gold"][1]), unhex(called["gold"][0])))
        wanted = plan["feedback"] and plan["feedback"]["gold_commitment"]
        self.report.equal(CHECK, f"what run {it['run']} committed to as gold answers", wanted, gold)
        self.report.equal(CHECK, f"gold answers of run {it['run']}", it["gold"],
                          called["gold"] and called["gold"][0])
        appraisal.shown = True
        self.next_draw(appraisal)

    def next_draw(self, appraisal):
        appraisal.phase, appraisal.epoch = "Drawing", self.world.epoch + EFFECT_DELAY

    def on_drawn(self, it):
        appraisal = self.get(it)
        self.report.equal(CHECK, f"phase of run {it['run']}", appraisal.phase, "Drawing")
        drawn = [self.drawn(it["run"], appraisal, epoch) for epoch in self.epochs(appraisal)]
        found = [*it["appraisers"]]
        self.report.equal(CHECK, f"appraisers of run {it['run']}", found,
                          found if found in drawn else drawn)
        appraisal.appraisers = found
        appraisal.draws += 1
        appraisal.committed, appraisal.revealed = {}, {}
        appraisal.phase = "Committing"
        appraisal.deadline = self.world.now + self.plan(appraisal)["windows"]["appraise_commit"]

    def epochs(self, appraisal):
        """Those that a draw may have been made with. One that nobody made while its seed was kept is
        noted anew, and no event tells so; nor can one be made with an epoch that had no block."""
        latest = self.world.epoch
        kept = [epoch for epoch in range(max(appraisal.epoch, latest - SEEDS_KEPT + 1), latest + 1)
                if epoch in self.world.seeds]
        return kept[:1] if appraisal.epoch in kept else kept

    def eligible(self, appraisal, epoch):
        return [who for who in self.world.seats.eligible("Appraiser", epoch)
                if who not in appraisal.excluded]

    def drawn(self, number, appraisal, epoch):
        """Others before those that stayed silent the first time."""
        found, count = [], self.plan(appraisal)["appraisers"]
        seats = self.eligible(appraisal, epoch)
        for again in (False, True):
            eligible = [who for who in seats if (who in appraisal.silent) == again]
            context = CONTEXT + u64(number) + u8(appraisal.draws) + u8(again)
            found += draw(self.world.seeds[epoch], context, eligible, count - len(found))
        return found

    def on_committed(self, it):
        appraisal, who = self.get(it), it["appraiser"]
        called = self.world.called("Valuation", "commit", who, it,
                                   lambda given: given["run"] == it["run"])
        if called is None:
            return
        self.report.holds(CHECK, f"{who} committed out of turn", appraisal.phase == "Committing"
                          and who in appraisal.appraisers and who not in appraisal.committed
                          and not self.passed(appraisal))
        appraisal.committed[who] = called["commitment"]
        if len(appraisal.committed) == len(appraisal.appraisers):
            self.begin_revealing(appraisal)

    def begin_revealing(self, appraisal):
        appraisal.phase = "Revealing"
        appraisal.deadline = self.world.now + self.plan(appraisal)["windows"]["appraise_reveal"]

    def on_uncovered(self, it):
        appraisal, who, digest = self.get(it), it["appraiser"], it["digest"]
        called = self.world.called("Valuation", "reveal", who, it, lambda given: (
            given["run"] == it["run"] and given["digest"] == digest))
        if called is None:
            return
        if appraisal.phase == "Committing" and self.passed(appraisal):
            # That the time to commit was over no event tells.
            self.begin_revealing(appraisal)
            appraisal.deadline = None
        self.report.holds(CHECK, f"{who} revealed out of turn", appraisal.phase == "Revealing"
                          and who in appraisal.committed and who not in appraisal.revealed
                          and (appraisal.deadline is None or not self.passed(appraisal)))
        hashed = tohex(commitment(it["run"], account_bytes(who), unhex(called["salt"]),
                                  unhex(digest)))
        self.report.equal(CHECK, f"what {who} committed to in run {it['run']}",
                          appraisal.committed.get(who), hashed)
        appraisal.revealed[who] = digest

    def punish_silent(self, appraisal):
        """Whoever committed and did not reveal, when that time is over."""
        if len(appraisal.revealed) == len(appraisal.committed):
            return
        for who in appraisal.committed:
            if who not in appraisal.revealed:
                self.world.seats.offence("Appraiser", who, "SilentAfterCommit")

    def on_agreed(self, it):
        appraisal = self.get(it)
        self.report.equal(CHECK, f"phase of run {it['run']}", appraisal.phase, "Revealing")
        self.punish_silent(appraisal)
        digest, votes = appraisal.votes()
        self.report.equal(CHECK, f"agreement of run {it['run']}", (it["digest"], it["votes"]),
                          (digest, votes))
        plan = self.plan(appraisal)
        self.report.holds(CHECK, f"{votes} agree, no quorum", votes >= plan["appraiser_quorum"])
        if plan["feedback"]:
            self.reset_users(it["run"], lambda units: 0)
        window = max(plan["windows"]["appraise_reveal"],
                     self.world.constants["Valuation.MinStreamBlocks"])
        appraisal.phase, appraisal.deadline = "Streaming", self.world.now + window
        appraisal.digest, appraisal.expected = digest, unhex(digest)

    def on_no_quorum(self, it):
        appraisal = self.get(it)
        quorum = self.plan(appraisal)["appraiser_quorum"]
        if appraisal.phase == "Committing" and len(appraisal.committed) >= quorum:
            appraisal.phase = "Revealing"
        revealing = appraisal.phase == "Revealing"
        agree = appraisal.votes()[1] if revealing else len(appraisal.committed)
        self.report.holds(CHECK, f"{agree} of run {it['run']} agree, which is a quorum",
                          agree < quorum)
        if revealing:
            self.punish_silent(appraisal)
        if appraisal.draws >= MAX_DRAWS:
            self.falling.add(it["run"])
            return
        appraisal.silent = appraisal.quiet()
        appraisal.appraisers = []
        self.next_draw(appraisal)

    # From the counts to the weights

    def on_streamed(self, it):
        appraisal = self.get(it)
        called = self.world.called("Valuation", "stream", None, it,
                                   lambda given: given["run"] == it["run"])
        if called is None:
            return
        self.report.holds(COUNTS, f"counts of run {it['run']} came out of turn",
                          appraisal.phase == "Streaming" and not self.passed(appraisal))
        for link in called["links"]:
            if not self.take(it["run"], appraisal, link):
                return
        self.report.equal(COUNTS, f"items of run {it['run']}", it["items"],
                          appraisal.points + appraisal.users)
        header = called["header"]
        if header is not None:
            self.streamed[it["run"]] = True
            self.report.equal(COUNTS, f"digest of the head of run {it['run']}",
                              tohex(header_digest(header)), tohex(appraisal.expected))
            self.report.equal(COUNTS, f"head of run {it['run']}",
                              (header["run"], header["points"], header["users"]),
                              (it["run"], appraisal.points, appraisal.users))

    def take(self, number, appraisal, link):
        """One more item, from the last to the first; False when the rules refuse it."""
        item, previous = link["item"], unhex(link["previous"])
        if not self.report.equal(COUNTS, f"item {appraisal.points + appraisal.users} from the end"
                                 f" of the counts of run {number}",
                                 tohex(next_digest(previous, item)), tohex(appraisal.expected)):
            return False
        appraisal.expected = previous
        try:
            if "Point" in item:
                classes = appraisal.run.classes()
                appraisal.scores.update(point_scores(item["Point"], classes))
                appraisal.points += 1
            else:
                self.take_user(number, appraisal, item["User"])
        except Refused as error:
            self.report.differ(COUNTS, f"counts of run {number}: {error}")
            return False
        return True

    def take_user(self, number, appraisal, counts):
        user = account_bytes(counts["user"])
        if appraisal.points or appraisal.last_user is not None and user >= appraisal.last_user:
            raise Refused("users are not in order")
        appraisal.users += 1
        appraisal.last_user = user
        subject = "Account", address(user)
        entry = self.world.ledger.table(number, "User").get(subject)
        if entry is None:
            raise Refused(f"{subject[1]} is no user of this run")
        weight = user_weight(entry.units, counts["answered"], counts["right"],
                             appraisal.run.classes())
        if self.plan(appraisal)["feedback"]:
            self.world.ledger.reweigh(number, "User", subject, weight)
            index = self.world.ledger.order[number, "User"].index(subject)
            self.scored[number, index] = counts["answered"], counts["right"], weight

    def on_user_scored(self, it):
        """It comes before the event that tells of the counts it was computed from."""
        self.world.later(self.check_user, it)

    def check_user(self, it):
        found = it["answered"], it["right"], it["weight"]
        self.report.equal(WEIGHTS, f"user {it['index']} of run {it['run']}", found,
                          self.scored.pop((it["run"], it["index"]), None))

    def on_scored(self, it):
        appraisal, number = self.get(it), it["run"]
        self.report.holds(COUNTS, f"run {number} was scored without the head of its counts",
                          self.streamed.pop(number, False))
        scores = [appraisal.scores[dataset] for dataset, _ in appraisal.run.vested()]
        self.weigh(it, appraisal, scores)
        appraisal.scored = True
        if self.world.ledger.weight(number, "User") == 0:
            self.reset_users(number, lambda units: units)
        for who, digest in appraisal.revealed.items():
            if digest == appraisal.digest:
                payee = self.world.seats.payee("Appraiser", who)
                self.world.ledger.record(number, "Appraiser", ("Account", who), payee, 1)
            else:
                self.world.seats.offence("Appraiser", who, "WrongCounts")

    def on_fell_back(self, it):
        appraisal, number = self.get(it), it["run"]
        late = appraisal.phase in ("AwaitingTests", "Streaming") and self.passed(appraisal)
        quorum = self.plan(appraisal)["appraiser_quorum"]
        few = appraisal.phase == "Drawing" and any(
            len(self.eligible(appraisal, epoch)) < quorum for epoch in self.epochs(appraisal))
        self.report.holds(CHECK, f"run {number} fell back while {appraisal.phase}, for no reason",
                          number in self.falling or late or few)
        self.falling.discard(number)
        self.weigh(it, appraisal, [])
        self.reset_users(number, lambda units: units)

    def weigh(self, it, appraisal, scores):
        """Gives every dataset of which a record was used its weight."""
        vested = appraisal.run.vested()
        basis, weights = payable(scores, [use.vested for _, use in vested],
                                 [use.used for _, use in vested])
        self.report.equal(WEIGHTS, f"what data providers of run {it['run']} are paid by",
                          it["basis"], basis)
        for (dataset, _), weight in zip(vested, weights):
            self.world.ledger.reweigh(it["run"], "DataProvider", ("Dataset", dataset), weight)
        appraisal.phase, appraisal.basis = "Done", basis

    def reset_users(self, number, weight):
        for subject, entry in self.world.ledger.table(number, "User").items():
            self.world.ledger.reweigh(number, "User", subject, weight(entry.units))

    def finish(self, state):
        """Scores are stored, and compared as they are, before they become weights."""
        results = list(state.items("Valuation", "Results"))
        self.report.equal(WEIGHTS, "runs with scores", sorted(number for (number,), _ in results),
                          sorted(number for number, each in self.appraisals.items() if each.scored))
        for (number,), it in results:
            appraisal = self.appraisals.get(number)
            if self.report.holds(WEIGHTS, f"run {number} has scores", appraisal is not None):
                stored = {each["dataset"]: each["score"] for each in it["scores"]["totals"]}
                for dataset in {**stored, **appraisal.scores}:
                    self.report.equal(WEIGHTS, f"score of dataset {dataset} in run {number}",
                                      stored.get(dataset), appraisal.scores.get(dataset))
                header = it["header"]
                self.report.equal(COUNTS, f"digest and numbers of items of run {number}",
                                  (it["digest"], header["points"], header["users"]),
                                  (appraisal.digest, appraisal.points, appraisal.users))
