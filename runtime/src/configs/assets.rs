//! Assets that are not GRD: what sponsors can pay in, if governance allows it.
//!
//! Root alone makes assets. What an issuer does with its own afterwards is its own: it issues, freezes
//! and takes back.

use frame_support::traits::{
	fungible::{NativeFromLeft, NativeOrWithId, UnionOf},
	ConstU128, ConstU32, Contains,
};
use frame_system::{EnsureNever, EnsureRoot};
use pallet_settlement::AssetId;

use crate::{
	constants::currency::deposit, AccountId, Assets, Balance, Balances, Runtime, RuntimeEvent,
};

impl pallet_assets::Config for Runtime {
	type ApprovalDeposit = ConstU128<{ deposit(1, 148) }>;
	type AssetAccountDeposit = ConstU128<{ deposit(1, 134) }>;
	type AssetDeposit = ConstU128<{ deposit(1, 210) }>;
	type AssetId = AssetId;
	type AssetIdAllocator = ();
	type AssetIdParameter = AssetId;
	type Balance = Balance;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = ();
	type CallbackHandle = ();
	type CreateOrigin = EnsureNever<AccountId>;
	type Currency = Balances;
	type Extra = ();
	type ForceOrigin = EnsureRoot<AccountId>;
	type Freezer = ();
	type Holder = ();
	type MetadataDepositBase = ConstU128<{ deposit(1, 68) }>;
	type MetadataDepositPerByte = ConstU128<{ deposit(0, 1) }>;
	type RemoveItemsLimit = ConstU32<1_000>;
	type ReserveData = ();
	type RuntimeEvent = RuntimeEvent;
	type StringLimit = ConstU32<50>;
	type WeightInfo = pallet_assets::weights::SubstrateWeight<Runtime>;
}

/// GRD and assets under one roof.
pub type AllAssets = UnionOf<Balances, Assets, NativeFromLeft, NativeOrWithId<AssetId>, AccountId>;

/// Assets that an account can live on without GRD.
pub struct Sufficient;

impl Contains<AssetId> for Sufficient {
	fn contains(asset: &AssetId) -> bool {
		pallet_assets::Asset::<Runtime>::get(asset).is_some_and(|asset| asset.is_sufficient)
	}
}

#[cfg(feature = "runtime-benchmarks")]
impl pallet_settlement::IssueAsset<AccountId> for Sufficient {
	fn issue(asset: AssetId, to: &AccountId, amount: Balance) {
		use frame_support::traits::fungibles::{Create, Mutate};
		if !Self::contains(&asset) {
			let made = <Assets as Create<_>>::create(asset, to.clone(), true, 1);
			debug_assert!(made.is_ok(), "an asset that is not there can be made");
		}
		let issued = <Assets as Mutate<_>>::mint_into(asset, to, amount);
		debug_assert!(issued.is_ok(), "an asset can be issued");
	}
}
