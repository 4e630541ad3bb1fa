use super::*;

fn detects(corrupt: impl FnOnce(), message: &'static str) {
	corrupt_and_execute(|| {
		record(ALICE, 5);
		record(BOB, 7);
		assert_ok!(Contributions::do_try_state());
		corrupt();
		assert_err!(
			Contributions::do_try_state(),
			sp_runtime::TryRuntimeError::Other(message)
		);
	});
}

#[test]
fn detects_units_that_are_not_the_sum() {
	detects(
		|| Tables::<Test>::mutate(RUN, Role::Trainer, |table| table.units += 1),
		"a table's units are not the sum of its entries",
	);
}

#[test]
fn detects_a_weight_that_is_not_the_sum() {
	detects(
		|| {
			Entries::<Test>::mutate((RUN, Role::Trainer, 1), |entry| {
				entry.as_mut().unwrap().weight -= 1;
			})
		},
		"a table's weight is not the sum of its entries",
	);
}

#[test]
fn detects_an_entry_outside_its_table() {
	detects(
		|| {
			let stray = Entry {
				units: 0,
				weight: 0,
				..entry(0)
			};
			Entries::<Test>::insert((RUN, Role::Trainer, 5), stray);
		},
		"an entry lies outside its table",
	);
}

#[test]
fn detects_a_missing_entry() {
	detects(
		|| Tables::<Test>::mutate(RUN, Role::Trainer, |table| table.count += 1),
		"a table lacks an entry",
	);
}

#[test]
fn detects_an_entry_that_its_subject_does_not_find() {
	detects(
		|| Indices::<Test>::insert((RUN, Role::Trainer, Subject::Account(ALICE)), 1),
		"an entry is not found by its subject",
	);
}

#[test]
fn detects_an_index_without_entry() {
	detects(
		|| Indices::<Test>::insert((RUN, Role::Trainer, Subject::Account(CAROL)), 0),
		"something is indexed that is no entry",
	);
}

#[test]
fn detects_a_history_that_lacks_an_entry() {
	detects(
		|| Histories::<Test>::remove(ALICE, (RUN, Role::Trainer, 0)),
		"a history names other entries than those of its account",
	);
}

#[test]
fn detects_a_history_of_somebody_else() {
	detects(
		|| Histories::<Test>::insert(CAROL, (RUN, Role::Trainer, 0), ()),
		"a history names other entries than those of its account",
	);
}
