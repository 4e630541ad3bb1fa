"""A dataset that many people made: who they are is nobody's business, and each is paid its part.

None of them exists on the chain before. One is paid without a signature and without a fee, one by a
stranger with its ticket, the others by the owner, a page or a batch at a time."""

import json
from random import Random

from output import amount, grd, say, step, table
from processes import Failed

#: How many are listed in each cohort, and what the cohorts count among each other.
HIDDEN, PUBLIC = 240, 300
WEIGHTS = {"hidden": 3, "public": 2}


class Members:
    def __init__(self, demo):
        self.demo = demo
        random = Random(f"members {demo.options.seed}")
        taken = demo.attacks.front_run, demo.attacks.gated
        honest = [i for i, publisher in enumerate(demo.truth["publishers"])
                  if publisher["conduct"] == "honest" and i not in taken]
        # One with a licence that is paid, if there is one.
        number = random.choice([i for i in honest if i % 3] or honest)
        self.owner = f"Publisher{number}"
        self.number = number
        self.random = random
        #: Tickets by cohort, in the order of the leaves.
        self.tickets = {}

    def list(self):
        step(f"The dataset of {self.owner} was made by {HIDDEN + PUBLIC} people, who are listed")
        demo = self.demo
        self.dataset = demo.datasets[self.number]["id"]
        names = [f"//Member/{i}" for i in range(HIDDEN + PUBLIC)]
        addresses = demo.together(self.address, names)
        cohorts = {"hidden": addresses[:HIDDEN], "public": addresses[HIDDEN:]}
        for kind, people in cohorts.items():
            path = demo.home / f"{kind}.csv"
            rows = [f"{address},{self.random.randint(1, 9)}" for address in people]
            path.write_text("\n".join(["account,weight", *rows]) + "\n")
            more = ["--public"] if kind == "public" else []
            demo.guerdon(self.owner, "dataset", "members", "add", self.dataset, path,
                         "--weight", WEIGHTS[kind], *more)
        self.cohorts = self.shown()
        table(["cohort", "members", "weight", "deposit (GRD)", "root"], [
            [c["pool"], c["state"]["leaves"], c["weight"], grd(c["deposit"]),
             c["state"]["root"][:18] + "…"] for c in self.cohorts
        ])

    def address(self, name):
        return self.demo.command(self.demo.bin / "guerdon", "key", "address", name).strip()

    def shown(self):
        return self.demo.node.call("guerdon_v1_members", self.dataset)["cohorts"]

    def free(self, account):
        return int(self.demo.node.call("guerdon_v1_account", account)["free"])

    def pay(self):
        step("What the dataset earned goes to its members")
        demo, folder = self.demo, self.demo.home / "tickets"
        # The keeper's claim of everything has booked what was earned; licences wait.
        demo.guerdon(self.owner, "dataset", "members", "collect", self.dataset)
        demo.guerdon(self.owner, "dataset", "members", "tickets", self.dataset, folder)
        for path in folder.iterdir():
            ticket = json.loads(path.read_text())
            self.tickets.setdefault(ticket["pool"], []).append({**ticket, "path": path})
        for tickets in self.tickets.values():
            tickets.sort(key=lambda ticket: ticket["index"])
        hidden, public = (self.tickets[c["pool"]] for c in self.cohorts)
        self.free_claim(self.random.choice(hidden))
        ticket = self.random.choice([t for t in hidden if not self.free(t["account"])])
        claimed = demo.guerdon("Stranger", "credits", "claim", "--ticket", ticket["path"])
        say(f"    with a ticket a stranger had {ticket['account'][:10]}… paid:"
            f" {grd(claimed['paid'])} GRD")
        self.found(public)
        demo.guerdon(self.owner, "dataset", "members", "pay", self.dataset)
        self.cohorts = self.shown()
        table(["cohort", "members", "funded (GRD)", "paid (GRD)"], [
            [c["pool"], c["state"]["leaves"], grd(c["funded"]), grd(c["paid"])]
            for c in self.cohorts
        ])

    def free_claim(self, ticket):
        """Whoever has nothing but curl, and owns nothing."""
        node, account = self.demo.node, ticket["account"]
        opening = {"account": account, "salt": "0x" + ticket["salt"]}
        sent = node.call("guerdon_v1_submitClaim", ticket["pool"], ticket["index"], opening)
        node.call("guerdon_v1_submitClaim", ticket["pool"], ticket["index"], opening)
        self.demo.wait("a claim without a fee", lambda: self.free(account) > 0, 60)
        self.freed = int(sent["amount"]), self.free(account)
        say(f"    {account[:10]}… owned nothing, signed nothing and paid nothing:"
            f" {grd(self.freed[1])} GRD")

    def found(self, public):
        """The node finds a member by its account alone, with a proof."""
        ticket = self.random.choice(public)
        page = self.demo.node.call("guerdon_v1_claims", ticket["account"])
        leaves = [leaf for leaf in page["items"] if leaf["pool"] == ticket["pool"]]
        if [leaf["index"] for leaf in leaves] != [ticket["index"]] or not leaves[0]["proof"]:
            raise Failed(f"the node does not find {ticket['account']}: {page}")

    def dollars(self, account):
        held = self.demo.node.call("guerdon_v1_account", account)["assets"]
        return sum(int(balance["free"]) for balance in held)

    def earned(self):
        """What the dataset earned in all runs, by its scores and by its licence, and in dollars."""
        account = self.demo.people[self.owner]["account"]
        items = self.demo.node.call("guerdon_v1_account", account)["contributions"]
        by_score, in_dollars = (
            sum(int(item["entitlement"] or 0) for item in items
                if item["role"] == "dataProvider" and item["asset"] == asset)
            for asset in (None, 1))
        runs = [self.demo.show(run) for run in (self.demo.id, *self.demo.others.values())]
        licences = sum(int(used["vested"]) for run in runs for used in run["datasets"]
                       if used["dataset"] == self.dataset)
        return by_score + licences, in_dollars

    def check(self, outcome, divided):
        funded = [int(cohort["funded"]) for cohort in self.cohorts]
        earned, in_dollars = self.earned()
        shares = self.demo.node.call("guerdon_v1_members", self.dataset)["shares"]
        outcome.holds(f"all that the dataset earned went to its members, to the unit ({grd(earned)}"
                      f" GRD and {amount(in_dollars, 1)})",
                      earned > 0 and sum(funded) == earned
                      and sum(int(share["funded"]) for share in shares) == in_dollars)
        exact = True
        for cohort in self.cohorts:
            tickets = self.tickets[cohort["pool"]]
            due = divided(int(cohort["funded"]), [int(ticket["weight"]) for ticket in tickets])
            held = self.demo.together(self.free, [ticket["account"] for ticket in tickets])
            exact = exact and held == due and cohort["paid"] == cohort["funded"]
            for share in shares:
                if share["list"] == cohort["pool"]:
                    weights = [int(ticket["weight"]) for ticket in tickets]
                    due = divided(int(share["funded"]), weights)
                    held = self.demo.together(self.dollars, [t["account"] for t in tickets])
                    exact = exact and held == due
        outcome.holds(f"each of {HIDDEN + PUBLIC} members holds exactly its part, divided here once more",
                      exact)
        outcome.holds("who owned nothing got all of it: no fee was paid", len(set(self.freed)) == 1)
