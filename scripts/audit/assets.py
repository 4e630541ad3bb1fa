"""Money that is not GRD: every account's balance of every asset, from genesis through every event
of Assets.

Whoever administers an asset may take it from anybody, from the pot too. That is no defect of the
chain: it is told, and what the pot lacks."""

from balances import POT
from moves import Moves

CHECK, ISSUANCE, TAKINGS = "balances of assets", "issuance of assets", "what issuers took"
LIVE, FROZEN, BLOCKED, DESTROYING = "Live", "Frozen", "Blocked", "Destroying"


class Asset:
    def __init__(self, report, number, details):
        self.report, self.number = report, number
        self.free, self.total, self.supply = {}, 0, 0
        #: What was below the minimum when the rest was deposited: nobody has it, and it was not
        #: burnt.
        self.lost = 0
        #: Accounts that a deposit was placed for, which stay with nothing until it comes back.
        self.kept = set()
        #: Accounts that are frozen or blocked.
        self.stopped = {}
        #: What strangers gave to the pot, less what was taken from it.
        self.surplus = self.taken = 0
        #: How many accounts are left while it is destroyed.
        self.left = None
        self.moves = Moves(report, {POT: "the pot"}, f" in asset {number}")
        self.become(details)

    def become(self, details):
        self.minimum, self.sufficient = details["min_balance"], details["is_sufficient"]
        self.admin, self.status = details["admin"], details["status"]

    def give(self, who, amount):
        before = self.free.get(who, 0)
        self.report.holds(CHECK, f"{who} has nothing of asset {self.number}, and gets {amount}",
                          before or amount >= self.minimum or who in self.kept)
        self.free[who] = before + amount
        self.total += amount

    def take(self, who, amount):
        rest = self.free.pop(who, 0) - amount
        self.total -= amount
        self.report.holds(CHECK, f"{who} paid {-rest} of asset {self.number} more than it had",
                          rest >= 0)
        if rest:
            self.free[who] = rest
        elif who not in self.kept:
            self.stopped.pop(who, None)

    def lose_dust(self, who, to):
        """What is left below the minimum goes with the rest, but for a deposit: then it is lost."""
        dust = self.free.get(who, 0)
        if 0 < dust < self.minimum:
            self.report.holds(CHECK, f"{who} keeps {dust} of asset {self.number}, which is too"
                              " little", to == POT)
            self.take(who, dust)
            self.lost += dust

    def expect_transfer(self, source, to, amount):
        self.moves.expect(source, to, amount)

    def can_pay(self, to, amount, needed, exists):
        """Whether the pot can pay an account, which `exists` without this asset; None where no
        event tells. `needed`: what the pot has to have before."""
        pot = self.free.get(POT, 0)
        if (self.status != LIVE or POT in self.stopped or self.stopped.get(to) == BLOCKED
                or pot < needed or pot - amount < self.minimum):
            return False
        if to in self.kept and to not in self.free:
            return None
        return to in self.free or amount >= self.minimum and (self.sufficient or exists)


class Assets:
    #: They move nothing.
    IGNORED = ("OwnerChanged", "MetadataSet", "MetadataCleared", "ApprovedTransfer",
               "ApprovalCancelled", "ApprovalsDestroyed", "ReservesUpdated", "ReservesRemoved")

    def __init__(self, world, details=(), accounts=()):
        self.world, self.report = world, world.report
        self.assets = {number: Asset(self.report, number, it) for (number,), it in details}
        for (number, who), account in accounts:
            asset = self.assets[number]
            if isinstance(account["reason"], dict):
                asset.kept.add(who)
            if account["status"] != "Liquid":
                asset.stopped[who] = account["status"]
            if account["balance"]:
                asset.give(who, account["balance"])
        for (number,), it in details:
            asset = self.assets[number]
            asset.supply = it["supply"]
            self.report.equal("genesis", f"supply of asset {number}", asset.total, asset.supply)

    def of(self, number):
        """An asset that has to be there."""
        asset = self.assets.get(number)
        if not self.report.holds(CHECK, f"there is no asset {number}", asset is not None):
            raise self.world.Lost
        return asset

    # Events: what there is

    def on_force_created(self, it):
        """No event tells the minimum: the asset is read. Its owner here is who administers it."""
        number = it["asset_id"]
        self.report.holds(CHECK, f"asset {number} is made again", number not in self.assets)
        self.assets[number] = Asset(self.report, number, self.read(number))
        self.assets[number].admin = it["owner"]

    on_created = on_force_created

    def on_asset_status_changed(self, it):
        self.of(it["asset_id"]).become(self.read(it["asset_id"]))

    def read(self, number):
        details = self.world.details.get(number)
        if not self.report.holds(CHECK, f"asset {number} is not stored", details is not None):
            raise self.world.Lost
        return details

    def on_team_changed(self, it):
        self.of(it["asset_id"]).admin = it["admin"]

    def on_asset_min_balance_changed(self, it):
        self.of(it["asset_id"]).minimum = it["new_min_balance"]

    def on_asset_frozen(self, it):
        self.of(it["asset_id"]).status = FROZEN

    def on_asset_thawed(self, it):
        self.of(it["asset_id"]).status = LIVE

    def on_frozen(self, it):
        self.of(it["asset_id"]).stopped[it["who"]] = FROZEN

    def on_blocked(self, it):
        self.of(it["asset_id"]).stopped[it["who"]] = BLOCKED

    def on_thawed(self, it):
        self.of(it["asset_id"]).stopped.pop(it["who"], None)

    def on_touched(self, it):
        self.of(it["asset_id"]).kept.add(it["who"])

    def on_destruction_started(self, it):
        asset = self.of(it["asset_id"])
        asset.status, asset.left = DESTROYING, len(asset.free)

    def on_accounts_destroyed(self, it):
        """No event tells whose they were, until none is left."""
        asset = self.of(it["asset_id"])
        self.report.equal(CHECK, f"whether asset {asset.number} is destroyed", asset.status,
                          DESTROYING)
        asset.left = it["accounts_remaining"]
        if asset.left == 0:
            self.lose(asset, asset.free.get(POT, 0))
            asset.free, asset.total, asset.lost = {}, 0, asset.supply

    def on_destroyed(self, it):
        asset = self.of(it["asset_id"])
        self.report.equal(CHECK, f"accounts of asset {asset.number}, which is gone",
                          [*asset.free], [])
        del self.assets[asset.number]

    # Events: who has it

    def on_issued(self, it):
        asset = self.of(it["asset_id"])
        asset.supply += it["amount"]
        asset.give(it["owner"], it["amount"])
        if it["owner"] == POT:
            asset.surplus += it["amount"]

    def on_burned(self, it):
        asset, who, amount = self.of(it["asset_id"]), it["owner"], it["balance"]
        asset.supply -= amount
        asset.take(who, amount)
        if who == POT:
            self.world.called("Assets", "burn", asset.admin, it, lambda given: (
                (given["id"], given["who"]) == (asset.number, POT)
                and (given["amount"] == amount or POT not in asset.free)))
            self.lose(asset, amount)

    def on_transferred(self, it):
        asset, source, to, amount = (self.of(it["asset_id"]), it["from"], it["to"], it["amount"])
        if source == to:
            return
        due = source == POT and not self.taken(asset, to, amount)
        if due:
            needed = self.world.settlement.needed(asset.number)
            self.report.holds(CHECK, f"the pot pays of asset {asset.number}, of which it has"
                              f" {asset.free.get(POT, 0)} and needs {needed}",
                              asset.free.get(POT, 0) >= needed)
        asset.take(source, amount)
        asset.lose_dust(source, to)
        asset.give(to, amount)
        if source == POT and not due:
            self.lose(asset, amount)
        else:
            asset.moves.move(source, to, amount)

    def taken(self, asset, to, amount):
        """Whether it was not the pot that paid, but whoever administers the asset."""
        left = asset.free.get(POT, 0) - amount
        return self.world.calls.take("Assets", "force_transfer", asset.admin, lambda given: (
            (given["id"], given["source"], given["dest"]) == (asset.number, POT, to)
            and (given["amount"] == amount or given["amount"] < amount and left == 0))) is not None

    def lose(self, asset, amount):
        """Something was taken from the pot."""
        if amount:
            asset.surplus -= amount
            asset.taken += amount
            self.report.tell(TAKINGS, f"{amount} of asset {asset.number} out of the pot")

    # At the end of each extrinsic, of each block, and of the chain

    def end_extrinsic(self):
        for asset in self.assets.values():
            asset.surplus += asset.moves.end()[POT]

    def end_block(self):
        for number, asset in self.assets.items():
            self.report.equal(ISSUANCE, f"all that there is of asset {number}",
                              asset.total + asset.lost, asset.supply)

    def finish(self, state):
        equal = self.report.equal
        stored = {number: it for (number,), it in state.items("Assets", "Asset")}
        equal(CHECK, "assets", sorted(stored), sorted(self.assets))
        for number in {*stored} & {*self.assets}:
            it, asset = stored[number], self.assets[number]
            equal(ISSUANCE, f"asset {number}", [it[field] for field in (
                "supply", "min_balance", "is_sufficient", "admin", "status")],
                [asset.supply, asset.minimum, asset.sufficient, asset.admin, asset.status])
            missing = self.world.settlement.needed(number) - asset.free.get(POT, 0)
            if missing > 0:
                self.report.tell(TAKINGS, f"the pot lacks {missing} of asset {number}: nothing of"
                                 " it is paid")
        kept = {key: it["balance"] for key, it in state.items("Assets", "Account")}
        known = {(number, who): amount for number, asset in self.assets.items()
                 for who, amount in asset.free.items()}
        for number, who in {**kept, **known}:
            found, asset = kept.get((number, who)), self.assets.get(number)
            # Of what is destroyed no event tells who lost it already.
            if found is None and asset is not None and asset.left is not None:
                continue
            equal(CHECK, f"{who} of asset {number}", found or 0, known.get((number, who), 0))
