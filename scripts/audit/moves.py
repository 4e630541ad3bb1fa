"""What is transferred in an extrinsic, beside what has to be."""

from collections import Counter, defaultdict

CHECK = "transfers that are due"


class Moves:
    """Transfers of one kind of money.

    `explained`: names of the accounts that pay nothing but what is due; `money`: what it is, to be
    told after an amount."""

    def __init__(self, report, explained, money=""):
        self.report, self.explained, self.money = report, explained, money
        self.begin()

    def begin(self):
        self.found, self.expected = defaultdict(list), defaultdict(list)

    def name(self, account):
        return self.explained.get(account, account)

    def move(self, source, to, amount):
        self.found[source, to].append(amount)

    def expect(self, source, to, amount):
        if amount:
            self.expected[source, to].append(amount)

    def end(self):
        """Compares them; answers what everybody was given beyond what was due."""
        gifts = Counter()
        for pair in {**self.found, **self.expected}:
            source, to = pair
            found, expected = self.found[pair], self.expected[pair]
            if source in self.explained:
                # Several claims of one payee are paid together.
                self.report.equal(CHECK, f"paid by {self.name(source)} to {to}{self.money}",
                                  sum(found), sum(expected))
                continue
            for amount in expected:
                if self.report.holds(CHECK, f"{source} paid {found}{self.money} to {self.name(to)},"
                                     f" and {amount} was due", amount in found):
                    found.remove(amount)
            gifts[to] += sum(found)
        self.begin()
        return gifts
