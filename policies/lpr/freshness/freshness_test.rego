package lpr.freshness_test

import data.lpr.examples_test as examples
import data.lpr.freshness

test_fresh_facts_satisfy if {
	freshness.satisfied with input as examples.request with data.tables as examples.tables
	freshness.deny == set() with input as examples.request with data.tables as examples.tables
}

test_facts_as_old_as_the_limit_are_fresh if {
	freshness.satisfied with input as examples.with_value("facts/age_hours", 2)
		with data.tables as examples.tables
}

test_facts_are_stale[note] if {
	some note, request in {
		"a little too old": examples.with_value("facts/age_hours", 2.1),
		"from the future": examples.with_value("facts/age_hours", -0.1),
		"of unknown age": examples.with_value("facts/age_hours", null),
		"of no age": examples.without("facts/age_hours"),
		"with an age in words": examples.with_value("facts/age_hours", "1"),
	}
	reasons := freshness.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {"facts_stale"}
	not freshness.satisfied with input as request with data.tables as examples.tables
}

test_a_limit_that_is_no_number_makes_all_facts_stale if {
	reasons := freshness.deny with input as examples.request
		with data.tables as examples.with_table("policy/facts_max_age_hours/value", "26")
	examples.codes(reasons) == {"facts_stale"}
}

test_a_policy_ends[note] if {
	some note, tables in {
		"by a word": examples.with_table("policy/valid/value", false),
		"by a word that is not true": examples.with_table("policy/valid/value", "true"),
		"by a missing table": json.remove(examples.tables, ["policy/valid"]),
	}
	reasons := freshness.deny with input as examples.request with data.tables as tables
	examples.codes(reasons) == {"policy_expired"}
	not freshness.satisfied with input as examples.request with data.tables as tables
}

test_a_policy_as_old_as_the_limit_is_in_force if {
	freshness.satisfied with input as examples.with_value("policy/age_days", 10)
		with data.tables as examples.tables
}

test_a_policy_put_in_force_today_is_in_force if {
	freshness.satisfied with input as examples.with_value("policy/age_days", 0)
		with data.tables as examples.tables
}

test_a_policy_not_reviewed_in_time_has_expired[note] if {
	some note, request in {
		"a day too old": examples.with_value("policy/age_days", 11),
		"from the future": examples.with_value("policy/age_days", -1),
		"of unknown age": examples.with_value("policy/age_days", null),
		"of no age": examples.without("policy/age_days"),
		"with an age in words": examples.with_value("policy/age_days", "1"),
	}
	reasons := freshness.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {"policy_expired"}
	not freshness.satisfied with input as request with data.tables as examples.tables
}

test_a_limit_that_is_no_number_ends_every_policy if {
	reasons := freshness.deny with input as examples.request
		with data.tables as examples.with_table("policy/max_age_days/value", "365")
	examples.codes(reasons) == {"policy_expired"}
}

test_a_policy_for_another_form_of_request_is_out_of_force if {
	request := examples.with_value("schema", "lpr.input.v2")
	reasons := freshness.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {"policy_expired"}
}

test_facts_of_this_moment_are_fresh if {
	freshness.satisfied with input as examples.with_value("facts/age_hours", 0)
		with data.tables as examples.tables
}
