use super::{digest, numbered};
use codec::{Decode, Encode};
use guerdon_receipt::{
	evidence::{prove, root, verify},
	Digest, EvidenceProof,
};
use proptest::prelude::*;

fn states(count: u32) -> Vec<Digest> {
	(0..count.into()).map(numbered).collect()
}

#[test]
fn roots_are_frozen() {
	let expected = [
		(
			0,
			"f26f245dc31284f038270725239167a5403c29b01dd20c568abe0338a419d474",
		),
		(
			1,
			"cc13d1b1df6c7be3042c0fb18a62ed53e2dfd6f740af6ca0342cd7fc48e5f282",
		),
		(
			2,
			"4e5fcb59c6cd00f35f5e5c033d7de8b88471c73ca5e29901c8f99f7f54d29e85",
		),
		(
			7,
			"3fb3181695210dad07ee9d907793a8df591e955bc66640feffe67ea9b7a6dd25",
		),
	];
	for (count, expected) in expected {
		let states: Vec<Digest> = (0..count).map(|byte| [byte; 32]).collect();
		assert_eq!(root(&states), digest(expected), "{count} states");
	}
}

#[test]
fn every_step_of_every_small_task_is_proved_and_nothing_else() {
	for count in 0..=20u32 {
		let states = states(count);
		let root = root(&states);
		for step in 0..count {
			let proof = prove(&states, step).unwrap();
			let state = states[step as usize];
			assert!(
				verify(&root, count, step, &state, &proof),
				"{step} of {count}"
			);
			for other in (0..count + 2).filter(|other| *other != step) {
				assert!(
					!verify(&root, count, other, &state, &proof),
					"{step} as {other}"
				);
			}
			for steps in (0..count * 2 + 2)
				.chain([u32::MAX])
				.filter(|steps| *steps != count)
			{
				assert!(
					!verify(&root, steps, step, &state, &proof),
					"{count} as {steps}"
				);
			}
		}
		assert_eq!(prove(&states, count), None);
		assert_eq!(prove(&states, u32::MAX), None);
	}
}

#[test]
fn step_out_of_range_is_refused() {
	let states = states(4);
	let proof = prove(&states, 3).unwrap();
	for step in [4, 5, 7, u32::MAX] {
		assert!(!verify(&root(&states), 4, step, &states[3], &proof));
	}
	assert!(!verify(
		&root(&[]),
		0,
		0,
		&states[0],
		&EvidenceProof { path: vec![] }
	));
}

#[test]
fn an_overlong_or_hostile_proof_is_refused_at_bounded_depth() {
	let states = states(5);
	for length in [0, 1, 2, 4, 33, 10_000] {
		let proof = EvidenceProof {
			path: vec![[0; 32]; length],
		};
		for steps in [1, 5, u32::MAX] {
			assert!(!verify(&root(&states), steps, 0, &states[0], &proof));
		}
	}
}

#[test]
fn an_inner_node_is_no_state() {
	// Second preimage: the two-leaf tree whose leaves are the four-leaf tree's inner nodes.
	let four = states(4);
	let upper = prove(&four, 0).unwrap().path[1];
	let left = prove(&four, 2).unwrap().path[1];
	let forged = EvidenceProof { path: vec![upper] };
	for steps in [2, 4] {
		assert!(!verify(&root(&four), steps, 0, &left, &forged));
	}
	assert_ne!(root(&[left, upper]), root(&four));
}

#[test]
fn an_order_of_states_is_bound() {
	let mut swapped = states(6);
	let straight = root(&swapped);
	swapped.swap(2, 3);
	assert_ne!(root(&swapped), straight);
}

proptest! {
	#[test]
	fn tampered_proofs_are_refused(
		count in 1u32..130, at in any::<prop::sample::Index>(),
		place in any::<prop::sample::Index>(), bit in 0usize..256,
	) {
		let states = states(count);
		let root = root(&states);
		let step = at.index(count as usize) as u32;
		let state = states[step as usize];
		let proof = prove(&states, step).unwrap();
		prop_assert!(proof.path.len() <= 8);
		prop_assert!(verify(&root, count, step, &state, &proof));
		prop_assert_eq!(EvidenceProof::decode(&mut proof.encode().as_slice()).unwrap(), proof.clone());

		let flip = |digest: &Digest| {
			let mut digest = *digest;
			digest[bit / 8] ^= 1 << (bit % 8);
			digest
		};
		prop_assert!(!verify(&flip(&root), count, step, &state, &proof));
		prop_assert!(!verify(&root, count, step, &flip(&state), &proof));
		prop_assert!(!verify(&root, count, step ^ 1, &state, &proof));
		prop_assert!(!verify(&root, count + 1, step, &state, &proof));

		let mut longer = proof.clone();
		longer.path.push([0; 32]);
		prop_assert!(!verify(&root, count, step, &state, &longer));
		if !proof.path.is_empty() {
			let mut bent = proof.clone();
			let place = place.index(bent.path.len());
			bent.path[place] = flip(&bent.path[place]);
			prop_assert!(!verify(&root, count, step, &state, &bent));
			let mut shorter = proof.clone();
			shorter.path.remove(place);
			prop_assert!(!verify(&root, count, step, &state, &shorter));
		}
	}
}
