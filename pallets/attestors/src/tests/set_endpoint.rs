use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};

#[test]
fn endpoint_changes_at_once() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			let new = endpoint("https://attestor.example");
			assert_ok!(Attestors::set_endpoint(
				RuntimeOrigin::signed(ALICE),
				Kind::Attestor,
				new.clone()
			));

			assert_eq!(
				Registrations::<Test>::get(Kind::Attestor, ALICE)
					.unwrap()
					.endpoint,
				new
			);
			System::assert_last_event(
				Event::EndpointChanged {
					kind: Kind::Attestor,
					who: ALICE,
				}
				.into(),
			);
		});
}

#[test]
fn endpoint_of_another_kind_is_not_found() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			assert_noop!(
				Attestors::set_endpoint(
					RuntimeOrigin::signed(ALICE),
					Kind::Appraiser,
					endpoint("x")
				),
				Error::<Test>::NotFound
			);
		});
}
