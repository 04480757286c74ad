package lpr.case_test

import data.lpr.case as case_file
import data.lpr.examples_test as examples

test_an_open_case_of_ones_own_satisfies if {
	case_file.satisfied with input as examples.request
	case_file.deny == set() with input as examples.request
}

test_a_case_is_missing[note] if {
	some note, request in {
		"null": examples.with_value("query/case_number", null),
		"absent": examples.without("query/case_number"),
		"a number": examples.with_value("query/case_number", 25),
	}
	reasons := case_file.deny with input as request
	examples.codes(reasons) == {"case_missing"}
	not case_file.satisfied with input as request
}

test_a_case_is_unknown[note] if {
	some note, request in {
		"null": examples.with_value("facts/case", null),
		"absent": examples.without("facts/case"),
		"a word": examples.with_value("facts/case", "open"),
	}
	reasons := case_file.deny with input as request
	examples.codes(reasons) == {"case_unknown"}
	not case_file.satisfied with input as request
}

test_a_case_is_closed[note] if {
	some note, status in {"closed": "closed", "unknown": null, "in capitals": "OPEN"}
	request := examples.with_value("facts/case/status", status)
	reasons := case_file.deny with input as request
	examples.codes(reasons) == {"case_closed"}
	not case_file.satisfied with input as request
}

test_a_case_is_not_assigned[note] if {
	some note, assigned in {"no": false, "unknown": null, "in words": "true"}
	request := examples.with_value("facts/case/assigned", assigned)
	reasons := case_file.deny with input as request
	examples.codes(reasons) == {"case_not_assigned"}
	not case_file.satisfied with input as request
}
