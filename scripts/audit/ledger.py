"""The contribution tables: what the chain booked, beside what the rules say."""

from collections import Counter

ROLES = ("DataProvider", "Trainer", "User", "Attestor", "Appraiser")
CHECK = "contribution tables"


class Entry:
    def __init__(self, payee):
        self.payee, self.units, self.weight = payee, 0, 0

    def __eq__(self, other):
        return isinstance(other, Entry) and vars(self) == vars(other)

    def __repr__(self):
        return f"{self.units} units, weight {self.weight}, paid to {self.payee}"


class Ledger:
    IGNORED = ()

    def __init__(self, world):
        self.world, self.report = world, world.report
        #: By rule: entries per (run, role), by subject.
        self.tables = {}
        #: By events: entries and their subjects, in the order of their indices.
        self.booked, self.order = {}, {}
        self.closed = set()
        self.touched = set()
        #: Every change of this extrinsic, by events and by rule.
        self.told, self.ruled = Counter(), Counter()

    # By rule

    def table(self, run, role):
        return self.tables.get((run, role), {})

    def record(self, run, role, subject, payee, units):
        entry = self.tables.setdefault((run, role), {}).setdefault(subject, Entry(payee))
        entry.payee = payee
        entry.units += units
        entry.weight += units
        self.touched.add((run, role))
        self.ruled[run, role, subject, payee, units] += 1

    def reweigh(self, run, role, subject, weight):
        self.table(run, role)[subject].weight = weight
        self.touched.add((run, role))
        self.ruled[run, role, subject, weight] += 1

    def units(self, run, role):
        return sum(entry.units for entry in self.table(run, role).values())

    def weight(self, run, role):
        return sum(entry.weight for entry in self.table(run, role).values())

    def leaves(self, run, role):
        """Subject, payee and weight of each entry, in the order of their indices."""
        table = self.table(run, role)
        return [(subject, table[subject].payee, table[subject].weight)
                for subject in self.order.get((run, role), []) if subject in table]

    def close(self, run):
        """All tables of a run, which this extrinsic has to close."""
        self.touched |= {(run, role) for role in ROLES}
        self.closed |= {(run, role, "by rule") for role in ROLES}

    # By events

    def on_recorded(self, it):
        key, subject = (it["run"], it["role"]), subject_of(it["subject"])
        self.touched.add(key)
        self.open(key)
        order, booked = self.order.setdefault(key, []), self.booked.setdefault(key, {})
        if subject not in booked:
            self.report.equal(CHECK, f"index of {subject} in {name(key)}", it["index"], len(order))
            order.append(subject)
            booked[subject] = Entry(it["payee"])
        elif order.index(subject) != it["index"]:
            self.report.differ(CHECK, f"{subject} in {name(key)} has two indices")
        self.told[(*key, subject, it["payee"], it["units"])] += 1
        entry = booked[subject]
        entry.payee = it["payee"]
        entry.units += it["units"]
        entry.weight += it["units"]

    def on_reweighed(self, it):
        key = it["run"], it["role"]
        self.touched.add(key)
        self.open(key)
        order = self.order.get(key, [])
        if self.report.holds(CHECK, f"{name(key)} has no entry {it['index']}",
                             0 <= it["index"] < len(order)):
            subject = order[it["index"]]
            self.told[(*key, subject, it["weight"])] += 1
            self.booked[key][subject].weight = it["weight"]

    def on_table_closed(self, it):
        key = it["run"], it["role"]
        self.touched.add(key)
        self.open(key)
        self.closed.add(key)
        entries = self.booked.get(key, {}).values()
        self.report.equal(CHECK, f"sums of {name(key)}", it["table"], {
            "count": len(entries), "units": sum(entry.units for entry in entries),
            "weight": sum(entry.weight for entry in entries), "closed": True})

    def open(self, key):
        if key in self.closed:
            self.report.differ(CHECK, f"{name(key)} changed after it was closed")

    def end_extrinsic(self):
        for change in {**self.told, **self.ruled}:
            self.report.equal(CHECK, f"how often {change[2]} of {name(change)} became {change[3:]}",
                              self.told[change], self.ruled[change])
        self.told.clear()
        self.ruled.clear()
        for key in self.touched:
            booked, ruled = self.booked.get(key, {}), self.tables.get(key, {})
            for subject in {**booked, **ruled}:
                self.report.equal(CHECK, f"{subject} in {name(key)}", booked.get(subject),
                                  ruled.get(subject))
            self.report.equal(CHECK, f"whether {name(key)} is closed", key in self.closed,
                              (*key, "by rule") in self.closed)
        self.touched.clear()

    def finish(self, state):
        stored = {}
        for (run, role, index), it in state.items("Contributions", "Entries"):
            stored.setdefault((run, role), {})[index] = it
        tables = dict(state.items("Contributions", "Tables"))
        known = {key for key in {*self.tables, *self.closed} if len(key) == 2}
        self.report.equal(CHECK, "tables", {*tables} | known, {*tables})
        for key in {**stored, **self.tables}:
            kept, ruled = stored.get(key, {}), self.tables.get(key, {})
            order = self.order.get(key, [])
            self.report.equal(CHECK, f"entries of {name(key)}", sorted(kept),
                              list(range(len(ruled))))
            for index, it in kept.items():
                entry = Entry(it["payee"])
                entry.units, entry.weight = it["units"], it["weight"]
                subject = order[index] if index < len(order) else None
                self.report.equal(CHECK, f"stored entry {index} of {name(key)}",
                                  (subject_of(it["subject"]), entry),
                                  (subject, ruled.get(subject)))
        for key, it in tables.items():
            self.report.equal(CHECK, f"stored sums of {name(key)}", it, {
                "count": len(self.tables.get(key, {})), "units": self.units(*key),
                "weight": self.weight(*key), "closed": key in self.closed})


def subject_of(shown):
    """An account or a dataset, as (kind, which)."""
    (pair,) = shown.items()
    return pair


def name(key):
    return f"run {key[0]}, {key[1]}"
