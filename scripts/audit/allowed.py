"""Which assets runs can be paid in, and what the pot has to own of each.

Written from pallets/settlement/README.md, "Assets"."""

from balances import POT

CHECK = "assets that are allowed"
#: pallets/settlement/README.md: assets that were ever allowed.
MAX_ASSETS = 16
#: Purses that are filled in what the run is paid in. Licences and tips are in GRD.
IN_ASSET = ("Budget", "Bond")


class Allowed:
    """The part of `Settlement` that is about assets.

    It uses what that has: `world`, `report`, `owed`, `constant`. An asset that is None is GRD."""

    def begin_allowed(self, stored):
        self.allowed = {number: dict(it) for (number,), it in stored}
        #: What runs are paid in that are not paid in GRD.
        self.paid_in = {}
        for number, asset in self.world.assets.assets.items():
            asset.surplus = asset.free.get(POT, 0) - self.endowment(number)
            self.report.holds(CHECK, f"the pot does not have the minimum of asset {number}",
                              asset.surplus >= 0)

    def money(self, asset):
        """Where balances are followed."""
        return self.world.balances if asset is None else self.world.assets.of(asset)

    def asset_of(self, run, purse):
        return self.paid_in.get(run) if purse in IN_ASSET else None

    def endowment(self, asset):
        """What the pot keeps, and never pays out."""
        if asset is None:
            return self.world.constants["Balances.ExistentialDeposit"]
        return self.allowed.get(asset, {"endowment": 0})["endowment"]

    def needed(self, asset):
        """What the pot has to have at least."""
        return self.endowment(asset) + self.owed(asset)

    def least_free(self, asset):
        """The smallest amount that is paid without a fee."""
        if asset is None:
            return self.constant("MinFreeClaim")
        return self.allowed[asset]["min_free_claim"]

    def can_pay(self, asset, to, amount):
        """Whether an account can be paid; None where no event tells."""
        exists = to in self.world.balances.free
        if asset is None:
            return exists or amount >= self.world.constants["Balances.ExistentialDeposit"]
        return self.money(asset).can_pay(to, amount, self.needed(asset), exists)

    def proposed(self, run, asset):
        """A run is proposed in an asset; its purses were filled before."""
        open_assets = [None, *(number for number, it in self.allowed.items() if it["open"])]
        self.report.holds(CHECK, f"run {run} is paid in asset {asset}, which is not allowed",
                          asset in open_assets)
        self.report.equal(CHECK, f"what the purses of run {run} are in", self.paid_in.get(run),
                          asset)

    # Events. The council decides on them, so they follow from no call of an extrinsic.

    def on_asset_allowed(self, it):
        number, endowment = it["asset"], it["endowment"]
        asset, before = self.money(number), self.allowed.get(number)
        self.report.holds(CHECK, f"asset {number} keeps no account on the chain",
                          asset.sufficient)
        if before is None:
            self.report.equal(CHECK, f"what the pot keeps of asset {number}", endowment,
                              asset.minimum)
            self.report.holds(CHECK, f"the pot does not have the minimum of asset {number}",
                              asset.free.get(POT, 0) >= endowment)
            self.report.holds(CHECK, f"{len(self.allowed)} assets were allowed before {number}",
                              len(self.allowed) < MAX_ASSETS)
            asset.surplus -= endowment
        else:
            self.report.equal(CHECK, f"what the pot keeps of asset {number}", endowment,
                              before["endowment"])
            self.report.holds(CHECK, f"nothing changed of asset {number}", not before["open"]
                              or before["min_free_claim"] != it["min_free_claim"])
        self.allowed[number] = {"endowment": endowment, "open": True,
                                "min_free_claim": it["min_free_claim"]}

    def on_asset_closed(self, it):
        asset = self.allowed.get(it["asset"])
        if self.report.holds(CHECK, f"asset {it['asset']} is closed, and was not allowed",
                             asset is not None and asset["open"]):
            asset["open"] = False

    # The end of the chain

    def finish_allowed(self, state):
        self.report.equal(CHECK, "assets", {number: dict(it) for (number,), it in state.items(
            "Settlement", "AllowedAssets")}, self.allowed)
        self.report.equal(CHECK, "what runs are paid in", {run: asset for (run,), asset
                          in state.items("Settlement", "RunAssets")},
                          {run: asset for run, asset in self.paid_in.items() if asset is not None})
