package lpr.usage_test

import data.lpr.examples_test as examples
import data.lpr.usage

test_usage_up_to_the_ceiling_satisfies[note] if {
	some note, queries in {"none yet": 0, "some": 3, "the last one": 4}
	request := examples.with_value("facts/usage/queries_24h", queries)
	usage.satisfied with input as request with data.tables as examples.tables
	usage.deny == set() with input as request with data.tables as examples.tables
}

test_usage_is_over_the_ceiling[note] if {
	some note, request in {
		"by one": examples.with_value("facts/usage/queries_24h", 5),
		"unknown": examples.with_value("facts/usage/queries_24h", null),
		"not counted": examples.with_value("facts/usage", null),
		"below nothing": examples.with_value("facts/usage/queries_24h", -1),
		"in words": examples.with_value("facts/usage/queries_24h", "3"),
	}
	reasons := usage.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {"usage_ceiling"}
	not usage.satisfied with input as request with data.tables as examples.tables
}

test_a_ceiling_that_is_no_number_is_always_reached if {
	reasons := usage.deny with input as examples.request
		with data.tables as examples.with_table("usage/daily_ceiling/value", "200")
	examples.codes(reasons) == {"usage_ceiling"}
}
