use super::*;

#[test]
fn the_pot_starts_with_its_existential_deposit_and_nothing_else() {
	build_and_execute(|| {
		assert_eq!(free(Settlement::pot()), ED);
		let view = Settlement::conservation(None);
		assert_eq!((view.surplus, view.missing), (0, 0));
	});
}

#[test]
fn a_pot_that_has_an_account_is_not_endowed_again() {
	build_and_execute(|| {
		assert_storage_noop!(Settlement::endow_pot());
	});
}
