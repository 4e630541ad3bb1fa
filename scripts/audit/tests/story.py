"""A chain without training, in which runs are paid in an asset: what the tests of that change.

Run 1 is divided among two datasets, one of which has members, and two trainers; run 2 is cancelled
while the issuer keeps what it took from the pot."""

import copy
from types import SimpleNamespace

from recorded import MEMBERS, State, recorded
from balances import POT, TREASURY
from cohorts import Cohort, Membership
from datasets import Dataset
from encoding import address, tohex
from ledger import Entry
from replay import Replay
from report import Report
from shares import leaf, tree

SPONSOR, ISSUER, KEEPER, OWNER, ANN, BEN, CYD, DAN, AUTHOR = (
    address(bytes([number]) * 32) for number in range(1, 10))
#: The asset, one that is made later, and the least of each that an account can have.
DOLLAR, OTHER, CENT, LITTLE = 1, 2, 10_000, 5
GRD = 10**12
#: For how many blocks pools can be claimed.
WINDOW = 4
#: What nothing decides on.
FREE_WEIGHT = {"ref_time": 7, "proof_size": 5}


def details(minimum, supply=0, **more):
    return {"owner": ISSUER, "issuer": ISSUER, "admin": ISSUER, "freezer": ISSUER, "supply": supply,
            "min_balance": minimum, "is_sufficient": True, "status": "Live", **more}


def held(balance, status="Liquid", reason="Sufficient"):
    return {"balance": balance, "status": status, "reason": reason}


def first():
    deposit = constants()["Balances.ExistentialDeposit"]
    grd = {POT: deposit, **dict.fromkeys((SPONSOR, ISSUER, KEEPER, OWNER), 1_000 * GRD)}
    return {
        "System.Account": [[[who], {"data": {"free": amount, "reserved": 0}}]
                           for who, amount in grd.items()],
        "Balances.TotalIssuance": sum(grd.values()),
        "Assets.Asset": [[[DOLLAR], details(CENT, CENT)]],
        "Assets.Account": [[[DOLLAR, POT], held(CENT)]],
        "Settlement.AllowedAssets": [[[DOLLAR], {"endowment": CENT, "min_free_claim": CENT,
                                                 "open": True}]],
    }


def constants():
    (runtime,) = recorded(MEMBERS)["runtimes"].values()
    return {**runtime["constants"], "Settlement.ClaimWindow": WINDOW}


# Blocks

def event(pallet, name, **fields):
    return {"extrinsic": 0, "pallet": pallet, "name": name, "fields": fields}


def call(signer, pallet, function, **given):
    return {"length": 1, "signer": signer, "general": signer is None, "tip": 0, "call": {
        "call_module": pallet, "call_function": function, "call_args": [
            {"name": name, "value": value} for name, value in given.items()]}}


def block(extrinsic, *told, assets=()):
    """One extrinsic that costs its signer nothing; without one, what the council does."""
    end = []
    if extrinsic is not None:
        end.append(event("System", "ExtrinsicSuccess", dispatch_info={
            "weight": FREE_WEIGHT, "class": "Normal", "pays_fee": "No"}))
        if extrinsic["signer"]:
            end.insert(0, event("TransactionPayment", "TransactionFeePaid",
                                who=extrinsic["signer"], actual_fee=0, tip=0))
    events = [*told, *end]
    if extrinsic is None:
        events = [{**each, "extrinsic": None} for each in events]
    return {"extrinsics": [extrinsic] if extrinsic else [], "events": events,
            "assets": list(assets)}


def moved(source, to, amount, asset=DOLLAR):
    if asset is None:
        return event("Balances", "Transfer", **{"from": source, "to": to, "amount": amount})
    return event("Assets", "Transferred", asset_id=asset, **{
        "from": source, "to": to, "amount": amount})


def settled(name, asset=DOLLAR, **fields):
    return event("Settlement", name, **fields, asset=asset)


def deposit(run, purse, amount, asset):
    return [moved(SPONSOR, POT, amount, asset),
            settled("Deposited", asset, run=run, purse=purse, amount=amount, **{"from": SPONSOR})]


def paid(name, payee, amount, asset=DOLLAR, **fields):
    return [moved(POT, payee, amount, asset),
            settled(name, asset, payee=payee, amount=amount, **fields)]


def entered(run, state, deadline):
    return event("Training", "StateEntered", run=run, state=state, deadline=deadline)


def claim(pool, index, payee, weight=1):
    return {"pool": pool, "index": index, "opening": None,
            "leaf": {"payee": payee, "weight": weight}}


def issued(who, amount, asset=DOLLAR):
    return block(call(ISSUER, "Assets", "mint", id=asset, beneficiary=who, amount=amount),
                 event("Assets", "Issued", asset_id=asset, owner=who, amount=amount))


def story():
    """Who does what. Budget and bond of run 1 leave 4,999 of the sponsor's dollars, too little to
    keep: they are lost."""
    members = {"Pool": 1}
    booked = {"dataset": 7, "asset": DOLLAR}
    told = [
        block(None, event("Assets", "ForceCreated", asset_id=OTHER, owner=ISSUER),
              assets=[[OTHER, details(LITTLE)]]),
        issued(POT, 30, OTHER),
        block(None, event("Settlement", "AssetAllowed", asset=OTHER, endowment=LITTLE,
                          min_free_claim=6)),
        block(None, event("Settlement", "AssetClosed", asset=OTHER)),
        issued(SPONSOR, 50_000),
        block(call(SPONSOR, "Training", "propose"), *deposit(2, "Budget", 40_000, DOLLAR),
              *deposit(2, "Bond", 10_000, DOLLAR)),
        issued(SPONSOR, 1_105_000),
        block(call(SPONSOR, "Training", "propose"), *deposit(1, "Budget", 1_000_000, DOLLAR),
              *deposit(1, "Licence", 700, None), *deposit(1, "Bond", 100_001, DOLLAR),
              *deposit(1, "Tip", 50, None)),
        block(call(KEEPER, "Training", "advance", run=1, limit=99),
              settled("PoolFunded", run=1, role="DataProvider", pool=2, amount=600_000),
              settled("PoolFunded", run=1, role="Trainer", pool=3, amount=300_000),
              moved(POT, OWNER, 300, None),
              event("Settlement", "LicencePaid", run=1, dataset=8, payee=OWNER, amount=300),
              moved(POT, SPONSOR, 200_001),
              settled("Returned", run=1, to=SPONSOR, amount=200_001),
              moved(POT, SPONSOR, 450, None),
              settled("Returned", None, run=1, to=SPONSOR, amount=450),
              entered(1, "Settled", 9)),
        block(call(KEEPER, "Settlement", "claim", **claim(2, 0, members, 2)),
              event("Settlement", "ShareOpened", list=0, pool=4, **booked),
              settled("CohortFunded", dataset=7, pool=4, amount=300_000),
              event("Settlement", "ShareOpened", list=1, pool=5, **booked),
              settled("CohortFunded", dataset=7, pool=5, amount=100_000),
              settled("Booked", run=1, role="DataProvider", pool=2, index=0, dataset=7,
                      amount=400_000)),
        block(call(KEEPER, "Settlement", "claim_many", claims=[
                  claim(4, 0, {"Account": ANN}), claim(5, 0, {"Account": ANN})]),
              moved(POT, ANN, 200_000),
              settled("MemberPaid", dataset=7, pool=4, index=0, payee=ANN, amount=100_000),
              settled("MemberPaid", dataset=7, pool=5, index=0, payee=ANN, amount=100_000)),
        block(call(None, "Settlement", "claim_free", **claim(4, 1, {"Account": BEN}, 2)),
              *paid("MemberPaid", BEN, 200_000, dataset=7, pool=4, index=1)),
        block(call(ISSUER, "Assets", "burn", id=DOLLAR, who=POT, amount=50_000),
              event("Assets", "Burned", asset_id=DOLLAR, owner=POT, balance=50_000)),
        block(call(SPONSOR, "Training", "cancel", run=2),
              settled("Owed", run=2, to=SPONSOR, amount=40_000, cause={"Release": "Budget"}),
              settled("Owed", run=2, to=SPONSOR, amount=10_000, cause={"Release": "Bond"}),
              entered(2, "Cancelled", 14)),
        issued(POT, 50_000),
        block(call(KEEPER, "Settlement", "claim_due", account=SPONSOR),
              *paid("DueClaimed", SPONSOR, 50_000, run=2)),
        block(call(KEEPER, "Settlement", "claim", **claim(3, 0, {"Account": CYD})),
              *paid("Claimed", CYD, 100_000, run=1, role="Trainer", pool=3, index=0)),
        block(call(KEEPER, "Settlement", "expire", pool=3), moved(POT, TREASURY, 200_000),
              settled("PoolExpired", run=1, role="Trainer", pool=3, amount=200_000)),
    ]
    runtime = constants()
    return [{"number": number, "hash": "", "version": 1, "slot": number, "announced": None,
             "author": AUTHOR, "multiplier": 0, "tasks": [], "constants": runtime, "pallets": [],
             **each} for number, each in enumerate(told, 1)]


# What there is before

def run(state, uses=()):
    windows = dict.fromkeys(("grant", "enrol", "work", "challenge", "test_reveal",
                             "appraise_commit", "appraise_reveal"), 0)
    return SimpleNamespace(
        sponsor=SPONSOR, state=state, deadline=0, enrolled=0, kill_fee=0, revealed=True,
        uses=dict(uses), vested=lambda: list(uses), units=dict.fromkeys(
            ("DataProvider", "Trainer", "User", "Attestor", "Appraiser"), 0),
        plan={"windows": windows, "budget": 1_000_000,
              "split_ppm": [600_000, 300_000, 0, 100_000, 0]})


def cohort(number, weight, *members):
    made = Cohort(number, {"dataset": 7, "owner": OWNER, "weight": weight, "deposit": 0,
                           "sealable_from": 0})
    for who, share in members:
        made.add({"Account": who}, share)
    made.sealed, made.stands_for = True, tuple(range(number + 1))
    return made


def prepare(replay):
    """Two runs, and what run 1 is divided by; a dataset with two cohorts and one without any."""
    replay.datasets.datasets = {number: Dataset(OWNER, f"0x0{number}", 1, 0, {}, OWNER)
                                for number in (7, 8)}
    use = SimpleNamespace(payout=OWNER, vested=300, used=1)
    runs = replay.runs.runs
    runs[1], runs[2] = run("Settling", [(8, use)]), run("Proposed")
    table = {"DataProvider": [(("Dataset", 7), OWNER, 2), (("Dataset", 8), OWNER, 1)],
             "Trainer": [(("Account", CYD), CYD, 1), (("Account", DAN), DAN, 2)]}
    for role, entries in table.items():
        rows = replay.ledger.tables[1, role] = {}
        replay.ledger.order[1, role] = [which for which, _, _ in entries]
        for which, payee, weight in entries:
            rows[which] = Entry(payee)
            rows[which].units = rows[which].weight = weight
    settlement = replay.settlement
    settlement.cohorts = {0: cohort(0, 3, (ANN, 1), (BEN, 2)), 1: cohort(1, 1, (ANN, 1))}
    membership = settlement.memberships[7] = Membership()
    membership.open = [0, 1]
    settlement.begin_naming(1, [7, 8])


def played(blocks, start=None):
    """The replay of these blocks, before its end is compared."""
    report = Report(say=lambda line: None)
    replay = Replay(report, "0x00", constants(), State(start or first()))
    prepare(replay)
    for each in blocks:
        replay.block(each)
    return replay


def audit(change=None, change_state=None, change_first=None):
    """The report of the story with something changed in it."""
    blocks, start, state = story(), first(), copy.deepcopy(stored())
    for changed, what in ((change, blocks), (change_first, start), (change_state, state)):
        if changed is not None:
            changed(what)
    replay = played(blocks, start)
    replay.report.block = replay.report.extrinsic = None
    for pallet in (replay.balances, replay.assets, replay.settlement):
        replay.follow(pallet.finish, State(state))
    return replay.report


# What is stored in the end

def books(**amounts):
    return {**dict.fromkeys(("budget_in", "licence_in", "bond_in", "tip_in", "paid", "claimable",
                             "escrow", "returned", "released"), 0), **amounts}


def page(*amounts):
    return [*amounts, *[0] * (64 - len(amounts))]


def bits(*claimed):
    data = bytearray(256)
    for bit in claimed:
        data[bit // 8] |= 1 << bit % 8
    return tohex(data)


def summary(pool, leaves, lists):
    """The tree of a pool's leaves, some of which name lists."""
    root, total = tree([leaf(pool, index, lists.get(index, {"Account": payee}), weight)
                        for index, (_, payee, weight) in enumerate(leaves)])
    return {"root": tohex(root), "sum": total, "count": len(leaves)}


def stored():
    start = first()
    grd = {who: it["data"]["free"] for (who,), it in start["System.Account"]}
    grd[SPONSOR] -= 300
    grd[OWNER] += 300
    replay = played([])
    lists = replay.settlement.cohorts
    leaves = {role: replay.ledger.leaves(1, role) for role in ("DataProvider", "Trainer")}
    dollars = {POT: CENT + 200_000, SPONSOR: 250_001, ANN: 200_000, BEN: 200_000, CYD: 100_000,
               TREASURY: 200_000}
    made = {"run": 1, "asset": DOLLAR}
    return {
        "System.Account": [[[who], {"data": {"free": amount, "reserved": 0}}]
                           for who, amount in grd.items()],
        "Balances.TotalIssuance": start["Balances.TotalIssuance"],
        "Assets.Asset": [[[DOLLAR], details(CENT, CENT + 1_155_000)],
                         [[OTHER], details(LITTLE, 30)]],
        "Assets.Account": [*([[DOLLAR, who], held(amount)] for who, amount in dollars.items()),
                           [[OTHER, POT], held(30)]],
        "Settlement.AllowedAssets": [
            *start["Settlement.AllowedAssets"],
            [[OTHER], {"endowment": LITTLE, "min_free_claim": 6, "open": False}]],
        "Settlement.RunAssets": [[[1], DOLLAR], [[2], DOLLAR]],
        "Settlement.Books": [
            [[1, DOLLAR], books(budget_in=1_000_000, bond_in=100_001, paid=700_000,
                                claimable=200_000, returned=200_001)],
            [[1, None], books(licence_in=700, tip_in=50, paid=300, returned=450)],
            [[2, DOLLAR], books(budget_in=40_000, bond_in=10_000, paid=50_000)],
            [[2, None], books()]],
        "Settlement.Total": [
            [[None], {"funded": 0, "paid": 0, "escrow": 0, "dues": 0}],
            [[DOLLAR], {"funded": 1_300_000, "paid": 1_100_000, "escrow": 0, "dues": 0}]],
        "Settlement.FreeClaims": [12, {}],
        "Settlement.Cohorts": [[[number], each.stored()] for number, each in lists.items()],
        "Settlement.Memberships": [[[7], {"open": [0, 1], "building": None}]],
        "Settlement.Shares": [
            [[4], {"dataset": 7, "list": 0, "asset": DOLLAR, "funded": 300_000, "paid": 300_000}],
            [[5], {"dataset": 7, "list": 1, "asset": DOLLAR, "funded": 100_000, "paid": 100_000}]],
        "Settlement.SharePools": [[[0, DOLLAR], 4], [[1, DOLLAR], 5]],
        "Settlement.Drawn": [[[4, 0], page(100_000, 200_000)], [[5, 0], page(100_000)]],
        "Settlement.ListLeaves": [[[2, 0], 1]],
        "Settlement.Pools": [
            [[2], {**made, "role": "DataProvider", "funded": 600_000, "paid": 400_000,
                   "state": {"Sealed": summary(2, leaves["DataProvider"], {0: {"Pool": 1}})}}],
            [[3], {**made, "role": "Trainer", "funded": 300_000, "paid": 300_000,
                   "state": {"Closed": summary(3, leaves["Trainer"], {})}}]],
        "Settlement.ClaimedPages": [[[2, 0], bits(0)], [[3, 0], bits(0)]],
        "Settlement.Expiries": [[[2], 9 + WINDOW]],
    }
