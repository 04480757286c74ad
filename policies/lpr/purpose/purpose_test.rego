package lpr.purpose_test

import data.lpr.examples_test as examples
import data.lpr.purpose

_guarded := {
	"query/purpose": "any",
	"query/reason_present": true,
	"facts/approvals": [examples.approval("other_purpose")],
}

test_a_listed_purpose_satisfies if {
	purpose.satisfied with input as examples.request with data.tables as examples.tables
	purpose.deny == set() with input as examples.request with data.tables as examples.tables
}

test_a_guarded_purpose_with_reason_and_approval_satisfies if {
	request := examples.with_values(_guarded)
	purpose.satisfied with input as request with data.tables as examples.tables
	purpose.deny == set() with input as request with data.tables as examples.tables
}

test_a_purpose_is_missing[note] if {
	some note, request in {
		"null": examples.with_value("query/purpose", null),
		"absent": examples.without("query/purpose"),
		"a number": examples.with_value("query/purpose", 1),
	}
	reasons := purpose.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {"purpose_missing"}
	not purpose.satisfied with input as request with data.tables as examples.tables
}

test_a_purpose_is_not_allowed[note] if {
	some note, request in {
		"in no table": examples.with_value("query/purpose", "curiosity"),
		"empty": examples.with_value("query/purpose", ""),
		"not for this component": examples.with_value("subject/component", "west"),
		"component unknown": examples.with_value("subject/component", null),
	}
	reasons := purpose.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {"purpose_not_allowed"}
	not purpose.satisfied with input as request with data.tables as examples.tables
}

test_a_purpose_does_not_fit_the_case[note] if {
	some note, request in {
		"a crime's purpose, a civil case": examples.with_value("facts/case/kind", "civil"),
		"a civil purpose, a criminal case": examples.with_value("query/purpose", "matter"),
		"a case of unknown kind": examples.with_value("facts/case/kind", null),
	}
	reasons := purpose.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {"purpose_case_mismatch"}
	not purpose.satisfied with input as request with data.tables as examples.tables
}

test_without_a_case_the_purpose_is_no_mismatch_but_not_satisfied if {
	request := examples.with_value("facts/case", null)
	purpose.deny == set() with input as request with data.tables as examples.tables
	not purpose.satisfied with input as request with data.tables as examples.tables
}

test_a_guarded_purpose_needs_approval[note] if {
	some note, approvals in {
		"none": [],
		"of another scope": [examples.approval("geo_search")],
	}
	request := examples.with_values(object.union(_guarded, {"facts/approvals": approvals}))
	reasons := purpose.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {"purpose_needs_approval"}
	not purpose.satisfied with input as request with data.tables as examples.tables
}

test_a_guarded_purpose_needs_a_reason[note] if {
	some note, present in {"none": false, "unknown": null, "in words": "true"}
	request := examples.with_values(object.union(_guarded, {"query/reason_present": present}))
	reasons := purpose.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {"reason_missing"}
	not purpose.satisfied with input as request with data.tables as examples.tables
}

test_a_table_that_does_not_say_whether_it_is_guarded_denies if {
	reasons := purpose.deny with input as examples.request
		with data.tables as json.remove(examples.tables, [
			"purposes/crime/needs_approval",
			"purposes/crime/needs_written_reason",
		])
	examples.codes(reasons) == {"purpose_needs_approval", "reason_missing"}
}

test_reason_and_approval_do_not_fill_the_holes_of_a_table if {
	reasons := purpose.deny with input as examples.with_values(_guarded)
		with data.tables as json.remove(examples.tables, [
			"purposes/any/needs_approval",
			"purposes/any/needs_written_reason",
		])
	examples.codes(reasons) == {"purpose_needs_approval", "reason_missing"}
}
