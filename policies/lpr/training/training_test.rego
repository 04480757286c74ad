package lpr.training_test

import data.lpr.examples_test as examples
import data.lpr.training

test_a_trained_person_bound_by_the_rules_satisfies if {
	training.satisfied with input as examples.request with data.tables as examples.tables
	training.deny == set() with input as examples.request with data.tables as examples.tables
}

test_training_as_old_as_the_limit_is_current if {
	training.satisfied with input as examples.with_value("facts/training/lpr/age_days", 10)
		with data.tables as examples.tables
}

test_training_is_missing[note] if {
	some note, request in {
		"no course": examples.with_value("facts/training", {}),
		"another course": examples.with_value("facts/training", {"first_aid": {"age_days": 1, "version": "v1"}}),
		"nothing known": examples.with_value("facts/training", null),
		"a course in words": examples.with_value("facts/training/lpr", "yes"),
	}
	reasons := training.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {"training_missing"}
	not training.satisfied with input as request with data.tables as examples.tables
}

test_training_has_lapsed[note] if {
	some note, request in {
		"a day too old": examples.with_value("facts/training/lpr/age_days", 11),
		"in the future": examples.with_value("facts/training/lpr/age_days", -1),
		"at a time unknown": examples.with_value("facts/training/lpr/age_days", null),
		"at a time in words": examples.with_value("facts/training/lpr/age_days", "5"),
	}
	reasons := training.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {"training_lapsed"}
	not training.satisfied with input as request with data.tables as examples.tables
}

test_a_limit_that_is_no_number_lets_all_training_lapse if {
	reasons := training.deny with input as examples.request
		with data.tables as examples.with_table("training/max_age_days/value", "365")
	examples.codes(reasons) == {"training_lapsed"}
}

test_the_version_that_the_table_asks_for_counts if {
	training.satisfied with input as examples.request
		with data.tables as examples.with_table("training/version/value", "v1")
}

test_another_version_than_the_table_asks_for_has_lapsed if {
	reasons := training.deny with input as examples.request
		with data.tables as examples.with_table("training/version/value", "v2")
	examples.codes(reasons) == {"training_lapsed"}
}

test_the_rules_are_not_accepted[note] if {
	some note, request in {
		"never": examples.with_value("facts/acknowledgement", null),
		"another version": examples.with_value("facts/acknowledgement/version", "0"),
		"a number for a version": examples.with_value("facts/acknowledgement/version", 1),
		"at a time unknown": examples.with_value("facts/acknowledgement/age_days", null),
		"in the future": examples.with_value("facts/acknowledgement/age_days", -1),
	}
	reasons := training.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {"rules_not_accepted"}
	not training.satisfied with input as request with data.tables as examples.tables
}

test_what_was_done_today_counts if {
	training.satisfied with input as examples.with_values({
		"facts/training/lpr/age_days": 0,
		"facts/acknowledgement/age_days": 0,
	})
		with data.tables as examples.tables
}

test_an_unknown_version_is_not_the_one_that_a_table_forgot_to_name if {
	tables := json.patch(examples.tables, [
		{"op": "replace", "path": "training/version/value", "value": null},
		{"op": "replace", "path": "training/rules_of_behavior_version/value", "value": null},
	])
	reasons := training.deny with input as examples.with_values({
		"facts/training/lpr/version": null,
		"facts/acknowledgement/version": null,
	})
		with data.tables as tables
	examples.codes(reasons) == {"training_lapsed", "rules_not_accepted"}
}
