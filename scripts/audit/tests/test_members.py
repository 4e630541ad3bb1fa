"""What is changed in the chain of datasets with members is found, and what lists can name."""

import copy
import unittest
from random import Random
from types import SimpleNamespace

from recorded import MEMBERS, events
from tampered import SEED, STRANGER, Changed, Tampered, calls_in, leaves_of, other
from cohorts import LISTS, Cohort, Cohorts, Membership
from cohorts import MEMBERS as PAID
from datasets import Dataset, Datasets
from report import Report
from settlement import Pool
from shares import divide, payee_bytes

#: All that tell of members, and how many changes of each are tried.
EVENTS = ["MembersOpened", "MembersStreamed", "MembersSealed", "MembersAbandoned", "Booked",
          "CohortFunded", "MemberPaid", "LicencePending", "LicenceBooked"]
TRIED = 12
#: A dataset, a list or a leaf that there is none of.
NONE = 1_000


class Members(Tampered):
    chain = MEMBERS

    def test_the_chain_as_it_is_has_no_difference(self):
        report = self.audit()
        self.assertEqual(report.differences, [])
        for name in EVENTS:
            self.assertTrue(events(self.blocks(), f"Settlement.{name}"), name)
        for check in (LISTS, PAID):
            self.assertGreater(report.compared[check], 50)

    def test_any_field_of_any_event_about_members(self):
        random = Random(SEED)
        for name in EVENTS:
            told = events(self.blocks(), f"Settlement.{name}")
            for _ in range(TRIED):
                which = random.randrange(len(told))
                path = random.choice(leaves_of(told[which][2]["fields"]))
                with self.subTest(name=name, which=which, path=path):
                    def change(blocks):
                        inside = events(blocks, f"Settlement.{name}")[which][2]["fields"]
                        for key in path[:-1]:
                            inside = inside[key]
                        inside[path[-1]] = other(random, inside[path[-1]])
                    self.found(change)

    def test_any_event_about_members_that_is_missing_or_repeated(self):
        random = Random(SEED)
        for name in EVENTS:
            which = random.randrange(len(events(self.blocks(), f"Settlement.{name}")))
            for times in (0, 2):
                with self.subTest(name=name, which=which, times=times):
                    def change(blocks):
                        block, place, event = events(blocks, f"Settlement.{name}")[which]
                        block["events"][place:place + 1] = [
                            copy.deepcopy(event) for _ in range(times)]
                    self.found(change)

    def test_calls_that_events_do_not_follow_from(self):
        for function, argument, value in (
            ("open_members", "weight", 12), ("open_members", "dataset", NONE),
            ("stream_members", "from", 1), ("stream_members", "pool", NONE),
            ("seal_members", "pool", NONE), ("abandon_members", "pool", NONE),
            ("claim_licences", "dataset", NONE),
        ):
            with self.subTest(function=function, argument=argument):
                def change(blocks):
                    self.arguments(blocks, "Settlement", function)[argument] = value
                self.found(change, "calls behind events")

    def test_a_list_that_somebody_else_opened(self):
        def change(blocks):
            block, _, event = events(blocks, "Settlement.MembersOpened")[0]
            block["extrinsics"][event["extrinsic"]]["signer"] = STRANGER
        self.found(change, "calls behind events")

    def test_a_list_of_somebody_elses_dataset(self):
        """Event and call agree, as they do in all that follows."""
        def change(blocks):
            other = events(blocks, "Settlement.MembersOpened")[-1][2]["fields"]["dataset"]
            for opened in self.opened(blocks):
                opened["dataset"] = other
        self.told("which is somebody else's", change)

    def test_a_list_without_weight(self):
        def change(blocks):
            for opened in self.opened(blocks):
                opened["weight"] = 0
        self.told("has no weight", change)

    def test_a_list_whose_number_is_not_new(self):
        def change(blocks):
            events(blocks, "Settlement.MembersOpened")[3][2]["fields"]["pool"] = 0
        self.told("does not come after all that were before", change)

    def test_a_second_list_beside_one_that_is_built(self):
        def change(blocks):
            block, place, event = events(blocks, "Settlement.MembersOpened")[0]
            again = copy.deepcopy(event)
            again["fields"]["pool"] += 1
            block["events"].insert(place + 1, again)
        self.told("has a list that is being built", change)

    def test_a_part_that_leaves_members_out(self):
        def change(blocks):
            self.arguments(blocks, "Settlement", "stream_members")["from"] = 1
            events(blocks, "Settlement.MembersStreamed")[0][2]["fields"]["from"] = 1
        self.told("before these: expected 0, found 1", change)

    def test_a_part_with_too_many_members_and_one_without_any(self):
        def many(blocks):
            for members in self.streamed(blocks):
                members += members[:2]

        def none(blocks):
            for members in self.streamed(blocks):
                members.clear()
        self.told("257 members in one part", many)
        self.told("0 members in one part", none)

    def test_members_in_another_order(self):
        def change(blocks):
            for members in self.streamed(blocks):
                members[0], members[1] = members[1], members[0]
        self.told("is not in the order of list", change)
        self.told("tree of list", change)

    def test_a_member_that_is_listed_twice(self):
        def change(blocks):
            for members in self.streamed(blocks):
                members[1]["payee"] = members[0]["payee"]
        self.told("is not in the order of list", change)

    def test_a_weight_or_payee_that_was_not_streamed(self):
        def weight(blocks):
            for members in self.streamed(blocks):
                members[5]["weight"] += 1

        def payee(blocks):
            for members in self.streamed(blocks):
                members[-1]["payee"] = {"Account": STRANGER}
        for change in (weight, payee):
            with self.subTest(change=change.__name__):
                self.told("tree of list", change)

    def test_a_list_of_lists_one_without_weight_and_the_pot(self):
        for field, value in (("payee", {"Pool": 0}), ("weight", 0)):
            def change(blocks):
                for members in self.streamed(blocks):
                    members[0][field] = value
            with self.subTest(field=field):
                self.told("cannot be a member of list", change)

    def test_a_list_that_is_sealed_without_members(self):
        def change(blocks):
            for block in blocks:
                block["events"] = [event for event in block["events"]
                                   if event["name"] != "MembersStreamed"]
        self.told("is sealed without members", change)

    def test_a_list_that_is_sealed_and_not_there(self):
        def change(blocks):
            self.arguments(blocks, "Settlement", "seal_members")["pool"] = NONE
            events(blocks, "Settlement.MembersSealed")[0][2]["fields"]["pool"] = NONE
        self.told(f"there is no list {NONE} to seal", change)

    def test_a_list_that_is_sealed_too_early(self):
        def older(constants):
            constants["Datasets.AnnouncementLifetime"] = 12
        self.told("first block in which list", change_constants=older)

        def later(blocks):
            for _, _, event in events(blocks, "Settlement.MembersOpened"):
                event["fields"]["sealable_from"] += 100
        self.told("is sealed before block", later)

    def test_deposits_of_another_size(self):
        for name in ("CohortDeposit", "MemberDeposit"):
            def change(constants):
                constants[f"Settlement.{name}"] += 1
            with self.subTest(name=name):
                self.found(None, LISTS, change_constants=change)

    def test_a_cohort_that_counts_more_than_it_says(self):
        def change(blocks):
            for opened in self.opened(blocks):
                opened["weight"] += 1
        self.told("what cohorts got", change)

    def test_parts_of_cohorts_that_are_exchanged(self):
        """What they get together is right."""
        def change(blocks):
            (_, _, one), (_, _, two) = events(blocks, "Settlement.CohortFunded")[:2]
            one, two = one["fields"], two["fields"]
            one["amount"], two["amount"] = one["amount"] - 1, two["amount"] + 1
        self.found(change, PAID)

    def test_what_a_cohort_gets_after_everything_is_explained(self):
        block, place, event = events(self.blocks(), "Settlement.Booked")[0]

        def change(blocks):
            told = blocks[block["number"] - 1]["events"]
            told.insert(place + 1, copy.deepcopy(told[place - 1]))
        self.told(f"block {block['number']}, extrinsic {event['extrinsic']}: {PAID}: what cohorts"
                  " got: expected [], found", change)

    def test_a_deposit_that_is_held_and_not_for_a_list(self):
        def change(blocks):
            for _, _, event in events(blocks, "Balances.Held"):
                if "Settlement" in event["fields"]["reason"]:
                    event["fields"]["amount"] += 1
                    return
        self.told("deposits and bonds: on hold of", change)

    def test_an_opening_of_another_account_or_salt(self):
        for field, value in (("account", STRANGER), ("salt", "0x" + "11" * 32)):
            def change(blocks):
                for claim in self.claims(blocks):
                    if claim["opening"] is not None:
                        claim["opening"][field] = value
            with self.subTest(field=field):
                self.found(change, PAID)

    def test_a_hidden_payee_that_nobody_opened(self):
        def change(blocks):
            for claim in self.claims(blocks):
                claim["opening"] = None
        self.found(change, PAID)

    def test_a_member_that_is_paid_what_it_drew_before(self):
        """All that it is due, and not what is left of that."""
        def change(blocks):
            drawn = {}
            for _, _, event in events(blocks, "Settlement.MemberPaid"):
                it = event["fields"]
                leaf = it["pool"], it["index"]
                if leaf in drawn:
                    it["amount"] += drawn[leaf]
                    return
                drawn[leaf] = it["amount"]
            self.fail("nobody was paid twice")
        self.found(change, PAID)

    def test_a_licence_that_waits_for_another_list(self):
        def change(blocks):
            pending = events(blocks, "Settlement.LicencePending")
            pending[0][2]["fields"]["list"] = pending[1][2]["fields"]["list"]
        self.told("list that the licence of dataset", change)

    def test_a_licence_that_waits_with_another_amount(self):
        """What is booked afterwards is the same."""
        def change(blocks):
            it = events(blocks, "Settlement.LicencePending")[0][2]["fields"]
            it["amount"] += 1
            for _, _, event in events(blocks, "Settlement.LicenceBooked"):
                if event["fields"]["dataset"] == it["dataset"]:
                    event["fields"]["amount"] += 1
        self.told("licence payment of run", change)

    def test_a_licence_that_waits_twice_and_one_for_a_list_that_is_not_there(self):
        def twice(blocks):
            block, place, event = events(blocks, "Settlement.LicencePending")[0]
            block["events"].insert(place, copy.deepcopy(event))

        def nowhere(blocks):
            events(blocks, "Settlement.LicenceBooked")[0][2]["fields"]["list"] = NONE
        self.told("waits already", twice)
        self.told(f"is booked to list {NONE}, which is not sealed", nowhere)

    def test_a_licence_that_comes_with_another_amount_than_waited(self):
        def change(blocks):
            events(blocks, "Settlement.LicenceBooked")[0][2]["fields"]["amount"] += 1
        self.told("list and amount of the licence", change)

    def test_a_licence_of_a_list_that_was_given_up_and_goes_to_somebody_else(self):
        def change(blocks):
            events(blocks, "Settlement.LicencePaid")[-1][2]["fields"]["payee"] = STRANGER
        self.told("was given up: expected", change)

    def test_a_licence_that_is_paid_before_its_list_was_given_up(self):
        block, place, given_up = events(self.blocks(), "Settlement.MembersAbandoned")[0]

        def change(blocks):
            del blocks[block["number"] - 1]["events"][place]
        self.told(f"list {given_up['fields']['pool']} was not given up", change)

    def test_money_for_a_cohort_that_there_is_none_of(self):
        def change(blocks):
            events(blocks, "Settlement.CohortFunded")[0][2]["fields"]["pool"] = NONE
        self.told("and is not sealed", change)

    def test_a_leaf_without_a_list_that_is_booked(self):
        def change(blocks):
            event = events(blocks, "Settlement.Claimed")[0][2]
            del event["fields"]["payee"]
            event["fields"]["dataset"], event["name"] = 0, "Booked"
        self.told("and no list", change)

    def test_a_member_that_is_not_listed(self):
        def change(blocks):
            events(blocks, "Settlement.MemberPaid")[0][2]["fields"]["index"] = NONE
        self.told(f"has no leaf {NONE}", change)

    def test_a_member_that_is_paid_again_and_nothing_or_more_than_there_is(self):
        def nothing(blocks):
            block, place, event = events(blocks, "Settlement.MemberPaid")[-1]
            again = copy.deepcopy(event)
            again["fields"]["amount"] = 0
            block["events"].insert(place + 1, again)

        def more(blocks):
            events(blocks, "Settlement.MemberPaid")[-1][2]["fields"]["amount"] += 10**30
        self.told("is paid nothing", nothing)
        self.told("paid more than it got", more)

    def test_a_licence_that_is_paid_although_there_are_members(self):
        def change(blocks):
            event = events(blocks, "Settlement.LicencePending")[0][2]
            del event["fields"]["list"]
            event["name"] = "LicencePaid"
            event["fields"]["payee"] = STRANGER
        self.found(change, "licence money")

    def test_a_leaf_that_pays_an_account_although_there_are_members(self):
        def change(blocks):
            event = events(blocks, "Settlement.Booked")[0][2]
            del event["fields"]["dataset"]
            event["name"] = "Claimed"
            event["fields"]["payee"] = STRANGER
        self.told("pays an account, and {'Pool': ", change)

    def test_a_list_that_was_given_up_and_gets_its_leaf_nevertheless(self):
        def change(blocks):
            number = events(blocks, "Settlement.MembersAbandoned")[0][2]["fields"]["dataset"]
            for _, _, event in events(blocks, "Settlement.Claimed"):
                if event["fields"]["role"] == "DataProvider":
                    event["name"] = "Booked"
                    del event["fields"]["payee"]
                    event["fields"]["dataset"] = number
        self.found(change, PAID)

    def test_what_is_stored_in_the_end(self):
        def one(name, *fields, of=lambda value: True):
            def change(state):
                value = next(value for _, value in state[f"Settlement.{name}"] if of(value))
                for field in fields[:-1]:
                    value = value[field]
                before = value[fields[-1]]
                value[fields[-1]] = other(Random(SEED), before)
            return change

        def is_open(value):
            return "Open" in value["state"]

        def is_built(value):
            return "Building" in value["state"] and value["state"]["Building"]["builder"]["count"]
        cases = [("Cohorts", (field,), LISTS, is_open) for field in (
            "dataset", "owner", "weight", "funded", "paid", "deposit")]
        cases += [("Cohorts", ("state", "Open", field), LISTS, is_open)
                  for field in ("root", "sum", "count")]
        builder = "state", "Building"
        cases += [
            ("Cohorts", (*builder, "builder", "count"), LISTS, is_built),
            ("Cohorts", (*builder, "builder", "peaks", 0, "sum"), LISTS, is_built),
            ("Cohorts", (*builder, "builder", "peaks", 0, "hash"), LISTS, is_built),
            ("Cohorts", (*builder, "sealable_from"), LISTS, is_built),
            ("Memberships", ("open", 0), LISTS, lambda value: value["open"]),
            ("Memberships", ("building",), LISTS, lambda value: value["building"] is not None),
            ("Drawn", (0,), PAID, any),
            ("Cohorts", ("funded",), PAID, is_open), ("Cohorts", ("paid",), PAID, is_open),
        ]
        for name, fields, check, of in cases:
            with self.subTest(name=name, fields=fields):
                self.stored(one(name, *fields, of=of), check)

    def test_what_is_stored_besides_or_is_missing(self):
        due = {"amount": 1, "list": 0, "payee": STRANGER}
        for name, entry, check in (
            ("LicenceDues", [[0, [0, 0]], due], PAID), ("ListLeaves", [[NONE, 0], 0], LISTS),
            ("Memberships", [[NONE], {"open": [0], "building": None}], LISTS),
            ("Drawn", [[0, NONE], [1] + [0] * 63], PAID),
        ):
            with self.subTest(name=name):
                self.stored(lambda state: state[f"Settlement.{name}"].append(entry), check)
        for name, check in (("Cohorts", LISTS), ("Memberships", LISTS), ("Drawn", PAID),
                            ("ListLeaves", LISTS)):
            with self.subTest(missing=name):
                self.stored(lambda state: state[f"Settlement.{name}"].pop(0), check)

    def test_what_two_leaves_drew_that_is_exchanged(self):
        """What their cohort paid is right."""
        def change(state):
            page = state["Settlement.Drawn"][0][1]
            page[0], page[1] = page[1], page[0]
        self.stored(change, PAID)

    def test_numbers_of_pools_that_are_left_out(self):
        def change(state):
            state["Settlement.Pools"][-1][0] = [NONE]
        self.told("numbers of pools and lists", change_state=change)

    def test_a_leaf_that_names_another_list_in_the_end(self):
        def change(state):
            state["Settlement.ListLeaves"][0][1] = state["Settlement.ListLeaves"][-1][1]
        self.stored(change, LISTS)

    def test_any_change_at_random(self):
        self.sweep()

    # Means

    def opened(self, blocks):
        """The first list that was opened, as the call and as the event have it."""
        event = events(blocks, "Settlement.MembersOpened")[0][2]
        return self.arguments(blocks, "Settlement", "open_members"), event["fields"]

    def streamed(self, blocks):
        """The first members that were streamed, as the call and as the event have them."""
        event = events(blocks, "Settlement.MembersStreamed")[0][2]
        return (self.arguments(blocks, "Settlement", "stream_members")["members"],
                event["fields"]["members"])

    def claims(self, blocks):
        for block in blocks:
            for extrinsic in block["extrinsics"]:
                for call in calls_in(extrinsic["call"]):
                    given = Changed(call["call_args"])
                    if call["call_function"] == "claim_many":
                        yield from given["claims"]
                    elif call["call_function"] == "claim":
                        yield given


class Names(unittest.TestCase):
    """Lists that change while leaves are made, which no event tells of."""

    def test_a_list_that_is_open_goes_before_one_that_is_built(self):
        membership = Membership()
        self.assertIsNone(membership.named())
        membership.building = 7
        self.assertEqual(membership.named(), 7)
        membership.open = [3, 5]
        self.assertEqual(membership.named(), 5)

    def test_names_are_looked_at_again_when_a_root_has_another_holder(self):
        seen = []
        world = SimpleNamespace(
            report=Report(say=lambda line: None), now=1, epoch=1,
            settlement=SimpleNamespace(name_lists=lambda: seen.append(True)))
        world.balances = SimpleNamespace(deposit=lambda *_: None)
        catalogue = Datasets(world)
        for number, owner in enumerate(("ann", "ben")):
            catalogue.datasets[number] = Dataset(owner, "0x00", 1, 2 - number, {}, owner)
        catalogue.holders["0x00"] = 1, 0
        catalogue.take_over(0, 1)
        self.assertEqual((len(seen), catalogue.holder(0)), (1, 1))
        catalogue.datasets[1].withdrawn_from = 1
        catalogue.on_retired({"dataset": 1, "deposit": 0})
        self.assertEqual((len(seen), catalogue.holder(0), catalogue.holder(1)), (2, None, None))

    def setUp(self):
        self.lists = Cohorts()
        self.lists.world = SimpleNamespace(datasets=SimpleNamespace(
            holder=lambda dataset: {4: 5}.get(dataset, dataset)))
        self.lists.report = Report(say=lambda line: None)
        self.lists.begin_members()

    def membership(self, dataset, opened, building):
        self.lists.memberships[dataset] = SimpleNamespace(
            named=lambda: opened[-1] if opened else building)

    def test_every_list_that_could_be_named_is_kept_in_order(self):
        self.membership(3, [], 7)
        self.lists.begin_naming(1, [3, 4])
        self.assertEqual(self.lists.names[1], {3: [7], 4: [None]})
        self.membership(3, [7], 8)
        self.membership(5, [9], None)
        self.lists.name_lists()
        self.assertEqual(self.lists.names[1], {3: [7], 4: [None, 9]})
        self.membership(3, [7, 8], None)
        self.lists.name_lists()
        self.assertEqual(self.lists.names[1], {3: [7, 8], 4: [None, 9]})

    def test_what_is_given_decides_between_the_lists_and_for_good(self):
        leaves = [(("Dataset", 3), STRANGER, 1), (("Dataset", 4), STRANGER, 0)]
        pool = Pool(1, "DataProvider", leaves, 10, 20, {3: [None, 7, 8], 4: [9]})
        given = [payee_bytes({"Pool": 8}), payee_bytes({"Pool": 6})]
        self.assertEqual(pool.payee(0, given), {"Pool": 8})
        self.assertEqual(pool.payee(0, [payee_bytes({"Pool": 7})]), {"Pool": 8})
        self.assertEqual(pool.payee(1, []), {"Account": STRANGER}, "it has no weight")

    def test_what_nobody_could_name_is_not_believed(self):
        pool = Pool(1, "DataProvider", [(("Dataset", 3), STRANGER, 1)], 10, 20, {3: [None, 7]})
        self.assertEqual(pool.payee(0, [payee_bytes({"Pool": 8})]), {"Account": STRANGER})


class Trees(unittest.TestCase):
    def test_an_unfinished_tree_keeps_its_full_subtrees(self):
        cohort = Cohort(3, {"dataset": 1, "owner": STRANGER, "weight": 1, "deposit": 1,
                            "sealable_from": 1})
        self.assertEqual(cohort.peaks(), [])
        for number in range(7):
            cohort.add({"Account": "0x" + f"{number:02x}" * 32}, 10 ** number)
        self.assertEqual([peak["sum"] for peak in cohort.peaks()], [1_111, 110_000, 1_000_000])
        self.assertEqual(cohort.summary()["sum"], 1_111_111)

    def test_what_is_due_follows_what_the_cohort_got(self):
        cohort = Cohort(3, {"dataset": 1, "owner": STRANGER, "weight": 1, "deposit": 1,
                            "sealable_from": 1})
        for number in range(3):
            cohort.add({"Account": "0x" + f"{number:02x}" * 32}, number + 1)
        for funded in (0, 1, 100, 101):
            cohort.funded = funded
            self.assertEqual([cohort.due(index) for index in range(3)], divide(funded, [1, 2, 3]))


if __name__ == "__main__":
    unittest.main()
