//! The chain in one process, for the targets that dispatch calls: its genesis, and runs in every state,
//! made by the world of the runtime's own tests. Included by those targets, since that world speaks of
//! the crate that it is part of.

use crate::world::{self, Script, World};
use codec::{Decode, DecodeLimit, Encode, Input};
use frame_support::{
	genesis_builder_helper::{build_state, get_preset},
	MAX_EXTRINSIC_DEPTH,
};
use guerdon_receipt::{
	sign::{public_key, sign_attestation},
	Attestation, Role, TaskIndex,
};
use guerdon_runtime::*;
use guerdon_runtime_api::Task;
use guerdon_valuation::commitment;
use pallet_training::State;
use pallet_valuation::Phase;
use serde_json::Value;
use sp_core::H256;
use sp_io::{hashing::blake2_256, TestExternalities};

/// The run that all states are about.
const RUN: u64 = 0;
const LIMIT: u32 = 16;

/// A call and who sends it, after so many blocks.
#[derive(Clone)]
pub struct Act {
	/// Counted through [`actors`].
	pub who: u8,
	/// Few mostly: see [`Act::wait`].
	pub blocks: u8,
	/// What is dispatched.
	pub call: RuntimeCall,
}

impl Act {
	/// Blocks to let pass before.
	pub fn wait(&self) -> u32 {
		u32::from(self.blocks.saturating_sub(192))
	}

	pub fn encode(&self) -> Vec<u8> {
		(self.who, self.blocks, &self.call).encode()
	}

	/// Reads one from the front, as deep as a transaction may be.
	pub fn read(input: &mut &[u8]) -> Option<Self> {
		let who = input.read_byte().ok()?;
		let blocks = u8::decode(input).ok()?;
		let call = RuntimeCall::decode_with_depth_limit(MAX_EXTRINSIC_DEPTH, input).ok()?;
		Some(Act { who, blocks, call })
	}
}

fn merge(into: &mut Value, patch: Value) {
	match (into, patch) {
		(Value::Object(into), Value::Object(patch)) => {
			for (key, value) in patch {
				merge(into.entry(key).or_insert(Value::Null), value);
			}
		}
		(into, patch) => *into = patch,
	}
}

/// A chain that has just begun.
pub fn development() -> TestExternalities {
	let read = |id: Option<sp_genesis_builder::PresetId>| {
		get_preset::<RuntimeGenesisConfig>(&id, genesis::preset).expect("the preset exists")
	};
	let parse = |bytes: Vec<u8>| serde_json::from_slice(&bytes).expect("presets are JSON");
	let mut config: Value = parse(read(None));
	merge(&mut config, parse(read(Some("development".into()))));
	let mut ext = TestExternalities::new_empty();
	ext.execute_with(|| {
		build_state::<RuntimeGenesisConfig>(config.to_string().into_bytes())
			.expect("the preset is valid");
		System::set_block_number(1);
	});
	ext
}

/// Everybody who signs calls. No member of the council is among them: Root may break anything.
pub fn actors(world: &World) -> Vec<AccountId> {
	let sponsor = [world.sponsor.account.clone()];
	sponsor
		.into_iter()
		.chain(world.everybody().map(|actor| actor.account.clone()))
		.collect()
}

fn copy(ext: &mut TestExternalities) -> TestExternalities {
	let mut copy = TestExternalities::new_empty();
	copy.backend = ext.as_backend();
	copy
}

fn script() -> Script {
	Script {
		forges: false,
		..Script::default()
	}
}

/// The state that a run is in, and calls that are good in it, or some time after.
pub struct Stage {
	pub ext: TestExternalities,
	pub acts: Vec<Act>,
}

/// One run in every state, from before its proposal to its end.
pub fn stages() -> (World, Vec<Stage>) {
	let mut ext = development();
	let mut stages = Vec::new();
	let world = ext.execute_with(World::ready);
	let mut stage = |ext: &mut TestExternalities, acts: Vec<(AccountId, RuntimeCall)>| {
		let actors = actors(&world);
		let place = |who: AccountId| actors.iter().position(|actor| *actor == who);
		let acts = acts
			.into_iter()
			.map(|(who, call)| Act {
				who: place(who).expect("it is one of the actors") as u8,
				blocks: 0,
				call,
			})
			.collect();
		stages.push(Stage {
			ext: copy(ext),
			acts,
		});
	};
	let script = script();
	let keeper = world.keeper.account.clone();
	let advance: (AccountId, RuntimeCall) = (
		keeper.clone(),
		pallet_training::Call::advance {
			run: RUN,
			limit: LIMIT,
		}
		.into(),
	);
	let deal: (AccountId, RuntimeCall) = (
		keeper.clone(),
		pallet_training::Call::deal {
			run: RUN,
			limit: LIMIT,
		}
		.into(),
	);

	let acts = ext.execute_with(|| first_calls(&world, &script));
	stage(&mut ext, acts);

	let acts = ext.execute_with(|| {
		world.propose(&script);
		let grant = pallet_datasets::Call::grant {
			dataset: 2,
			run: RUN,
		};
		let cancel = pallet_training::Call::cancel { run: RUN };
		let who = world.stranger.account.clone();
		let invite = pallet_training::Call::invite {
			run: RUN,
			who: who.clone(),
			role: Role::Trainer,
			purse: constants::currency::MILLI_GRD,
		};
		let withdraw = pallet_training::Call::withdraw_invitation { run: RUN, who };
		vec![
			(world.sponsor.account.clone(), invite.into()),
			(world.sponsor.account.clone(), withdraw.into()),
			(world.owners[2].account.clone(), grant.into()),
			advance.clone(),
			(world.sponsor.account.clone(), cancel.into()),
		]
	});
	stage(&mut ext, acts);

	let enrol = |actor: &world::Actor, role| -> (AccountId, RuntimeCall) {
		let call = pallet_training::Call::enrol {
			run: RUN,
			role,
			key: public_key(&actor.key),
			possession: actor.possession(),
			payout: actor.payout.clone(),
			endpoint: b"https://example.org"
				.to_vec()
				.try_into()
				.expect("it is short"),
		};
		(actor.account.clone(), call.into())
	};
	let mut enrolling = copy(&mut ext);
	let acts = enrolling.execute_with(|| {
		let grant = pallet_datasets::Call::grant {
			dataset: 2,
			run: RUN,
		};
		do_all([
			(world.owners[2].account.clone(), grant.into()),
			advance.clone(),
		]);
		assert_eq!(world::state(RUN), State::Enrolling);
		let trainers = world.trainers.iter().map(|who| enrol(who, Role::Trainer));
		let users = world.users.iter().map(|who| enrol(who, Role::User));
		let leave = pallet_training::Call::withdraw_enrolment { run: RUN };
		let (joined, left) = (
			enrol(&world.keeper, Role::Trainer),
			(keeper.clone(), leave.into()),
		);
		trainers.chain(users).chain([joined, left]).collect()
	});
	stage(&mut enrolling, acts);

	let acts = ext.execute_with(|| {
		world.start(RUN, &script);
		while world::open_tasks(RUN).len() < 3 {
			let _ = world::act(&keeper, deal.1.clone());
			world::next_block();
		}
		let (task, open) = world::open_tasks(RUN).swap_remove(0);
		let request = pallet_training::Call::request_committee { run: RUN, task };
		let contributor = open.contributor.clone();
		let report = equivocation(&world, task, &open);
		let tasks = world::open_tasks(RUN).into_iter();
		let items: Vec<_> = tasks
			.map(|(index, task)| world.submission(world.receipt(RUN, index, &task), &task, 2))
			.collect();
		let mut acts: Vec<_> = items
			.chunks(4)
			.map(|items| {
				let items = items.to_vec().try_into().expect("they are few");
				(
					keeper.clone(),
					pallet_training::Call::submit { run: RUN, items }.into(),
				)
			})
			.collect();
		acts.extend([
			advance.clone(),
			deal.clone(),
			(contributor, request.into()),
			(keeper.clone(), report),
		]);
		acts
	});
	stage(&mut ext, acts);

	let acts = ext.execute_with(|| {
		world.work(RUN, &script);
		let reveal = pallet_valuation::Call::reveal_tests {
			run: RUN,
			root: H256([22; 32]),
			salt: H256([21; 32]),
			gold: Some((H256([24; 32]), H256([23; 32]))),
			endpoint: b"https://example.org"
				.to_vec()
				.try_into()
				.expect("it is short"),
		};
		vec![
			(world.sponsor.account.clone(), reveal.into()),
			advance.clone(),
		]
	});
	stage(&mut ext, acts);

	let salt = [5; 32];
	let (header, digest, links) = ext.execute_with(|| {
		let (header, items) = world.counts(RUN);
		let (digest, links) = World::links(&header, &items);
		(header, digest, links)
	});
	let acts = ext.execute_with(|| {
		world
			.reveal_tests(RUN, &script)
			.expect("they are what was committed to");
		let Phase::Drawing { epoch } = world::phase(RUN) else {
			panic!("appraisers are drawn once the tests are shown");
		};
		world::at_epoch(epoch);
		world.advance(RUN, LIMIT).expect("the seed is there");
		let commits = world.appraisers.iter().map(|who| {
			let bytes = commitment(RUN, who.account.as_ref(), &salt, &digest);
			let commitment = H256(blake2_256(&bytes));
			let call = pallet_valuation::Call::commit {
				run: RUN,
				commitment,
			};
			(who.account.clone(), call.into())
		});
		let reveals = world.appraisers.iter().map(|who| {
			let salt = H256(salt);
			let call = pallet_valuation::Call::reveal {
				run: RUN,
				salt,
				digest,
			};
			(who.account.clone(), call.into())
		});
		commits
			.chain(reveals)
			.collect::<Vec<(AccountId, RuntimeCall)>>()
	});
	stage(&mut ext, acts.clone());

	let streams: Vec<_> = {
		let parts: Vec<_> = links.chunks(64).collect();
		(1..)
			.zip(&parts)
			.map(|(number, part)| {
				let header = (number == parts.len()).then_some(header);
				let links = part.to_vec().try_into().expect("they are few");
				let call = pallet_valuation::Call::stream {
					run: RUN,
					links,
					header,
				};
				(keeper.clone(), RuntimeCall::from(call))
			})
			.collect()
	};
	ext.execute_with(|| do_all(acts));
	stage(&mut ext, streams.clone());

	ext.execute_with(|| {
		do_all(streams);
		do_all([advance.clone()]);
		assert_eq!(world::state(RUN), State::Challenge);
		world::at_block(Training::run(RUN).expect("it is there").0.deadline + 1);
	});
	stage(&mut ext, vec![advance.clone(); 4]);

	let acts = ext.execute_with(|| {
		world.settle(RUN);
		last_calls(&world)
	});
	stage(&mut ext, acts);
	(world, stages)
}

fn do_all(acts: impl IntoIterator<Item = (AccountId, RuntimeCall)>) {
	for (who, call) in acts {
		world::act(&who, call).expect("the call is good here");
	}
}

/// What is done before any run.
fn first_calls(world: &World, script: &Script) -> Vec<(AccountId, RuntimeCall)> {
	let owner = world.owners[0].account.clone();
	let (root, length, final_chunk) = world::content(9, 33);
	let salt = [4; 32];
	let commitment = pallet_datasets::commitment(owner.as_ref(), &root, length, &salt);
	let uri = b"https://example.org/metadata.json".to_vec();
	let endpoint = b"https://example.org".to_vec();
	let args = pallet_datasets::PublishArgs {
		root,
		length,
		records: 33,
		salt,
		final_chunk,
		metadata_hash: H256::repeat_byte(1),
		uri: uri.try_into().expect("it is short"),
		licence: world::licence(None),
		access: pallet_datasets::Access::Open,
		endpoint: endpoint.clone().try_into().expect("it is short"),
		parent: None,
		payout: world.owners[0].payout.clone(),
	};
	let plan = Box::new(world.plan(script));
	let set_licence = pallet_datasets::Call::set_licence {
		dataset: 0,
		licence: world::licence(Some(9_000)),
	};
	let set_payout = pallet_datasets::Call::set_payout {
		dataset: 0,
		payout: owner.clone(),
	};
	let args = Box::new(args);
	let seat = pallet_attestors::Kind::Attestor;
	let retire = pallet_attestors::Call::retire { kind: seat };
	let evict = pallet_attestors::Call::evict {
		kind: seat,
		who: world.attestors[0].account.clone(),
	};
	let register = pallet_attestors::Call::register {
		kind: seat,
		key: public_key(&world.stranger.key),
		possession: world.stranger.possession(),
		endpoint: endpoint.try_into().expect("it is short"),
		payout: world.stranger.payout.clone(),
	};
	vec![
		(
			owner.clone(),
			pallet_datasets::Call::announce { commitment }.into(),
		),
		(
			owner.clone(),
			pallet_datasets::Call::publish { args }.into(),
		),
		(owner.clone(), set_licence.into()),
		(owner.clone(), set_payout.into()),
		(
			owner.clone(),
			pallet_datasets::Call::withdraw { dataset: 0 }.into(),
		),
		(owner, pallet_datasets::Call::retire { dataset: 0 }.into()),
		(world.attestors[0].account.clone(), retire.into()),
		(world.stranger.account.clone(), evict.into()),
		(world.stranger.account.clone(), register.into()),
		(
			world.sponsor.account.clone(),
			pallet_training::Call::propose { plan }.into(),
		),
	]
}

/// An attestor of a task vouched for two results of one receipt.
fn equivocation(world: &World, index: TaskIndex, task: &Task) -> RuntimeCall {
	let attestor = &task.committee[0];
	let receipt = world.receipt(RUN, index, task);
	let signed = |states| {
		let attestation = Attestation {
			receipt: receipt.id(),
			attestor: attestor.clone().into(),
			states,
		};
		let signature = sign_attestation(&world.actor(attestor).key, &attestation).signature;
		pallet_attestors::SignedStates { states, signature }
	};
	pallet_attestors::Call::report_equivocation {
		who: attestor.clone(),
		receipt: receipt.id(),
		first: signed([65; 32]),
		second: signed([66; 32]),
	}
	.into()
}

/// What is left to do after a run.
fn last_calls(world: &World) -> Vec<(AccountId, RuntimeCall)> {
	let stranger = world.stranger.account.clone();
	let mut claims: Vec<_> = world::leaves_of(RUN)
		.into_iter()
		.map(world::claim_for)
		.collect();
	let last = claims.pop().expect("somebody is paid");
	let claim = pallet_settlement::Call::claim {
		pool: last.pool,
		index: last.index,
		leaf: last.leaf,
		proof: last.proof,
		opening: last.opening,
	};
	claims.truncate(4);
	let claims = claims.try_into().expect("they are few");
	let account = world.owners[1].payout.clone();
	let owner = world.owners[0].account.clone();
	let (dataset, run) = (0, RUN);
	let answer = pallet_datasets::Call::answer_unlearning {
		dataset,
		run,
		answer: pallet_datasets::Answer::Model(H256::repeat_byte(9)),
	};
	vec![
		(
			owner.clone(),
			pallet_datasets::Call::withdraw { dataset }.into(),
		),
		(
			owner,
			pallet_datasets::Call::request_unlearning { dataset, run }.into(),
		),
		(world.sponsor.account.clone(), answer.into()),
		(
			stranger.clone(),
			pallet_datasets::Call::close_unlearning { dataset, run }.into(),
		),
		(stranger.clone(), claim.into()),
		(
			stranger.clone(),
			pallet_settlement::Call::claim_many { claims }.into(),
		),
		(
			stranger.clone(),
			pallet_settlement::Call::claim_due { account }.into(),
		),
		(
			stranger,
			pallet_training::Call::prune {
				run: RUN,
				limit: LIMIT,
			}
			.into(),
		),
	]
}
