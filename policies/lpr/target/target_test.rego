package lpr.target_test

import data.lpr.examples_test as examples
import data.lpr.target

_matches(changes) := examples.with_value(
	"facts/target/matches",
	[object.union(examples.match, change) | some change in changes],
)

_reasons(request) := codes if {
	reasons := target.deny with input as request with data.tables as examples.tables
	codes := examples.codes(reasons)
}

test_a_subjects_plate_satisfies if {
	target.satisfied with input as examples.request with data.tables as examples.tables
	_reasons(examples.request) == set()
}

test_a_plate_whose_state_is_unknown_counts if {
	target.satisfied with input as _matches([{"state": "unknown"}]) with data.tables as examples.tables
}

test_a_plate_that_reads_alike_counts if {
	target.satisfied with input as _matches([{"spelling": "folded"}]) with data.tables as examples.tables
}

test_only_matches_that_count_are_listed_by_place if {
	request := _matches([{"relation": "spouse"}, {}, {"state": "differs"}, {"spelling": "folded"}])
	target.counting == {1, 3} with input as request with data.tables as examples.tables
}

test_one_reason_explains_a_plate_that_does_not_count[note] if {
	some note, test_case in {
		"nobody's": {"matches": [], "code": "target_unknown"},
		"of another state": {"matches": [{"state": "differs"}], "code": "target_unknown"},
		"of a state not said": {"matches": [{"state": null}], "code": "target_unknown"},
		"in the case, of a subject not the person's": {"matches": [{"assigned": false}], "code": "target_unknown"},
		"a spouse's": {"matches": [{"relation": "spouse"}], "code": "target_not_subject"},
		"of a relation unknown": {"matches": [{"relation": null}], "code": "target_not_subject"},
		"of an inactive subject": {"matches": [{"active": false}], "code": "target_not_subject"},
		"of a subject of unknown standing": {"matches": [{"active": null}], "code": "target_not_subject"},
		"handed on": {"matches": [{"plate_valid": false}], "code": "target_plate_expired"},
		"held at times unknown": {"matches": [{"plate_valid": null}], "code": "target_plate_expired"},
		"of another case": {"matches": [{"in_cited_case": false}], "code": "target_other_case"},
		"of another case, not the person's": {
			"matches": [{"in_cited_case": false, "assigned": false}],
			"code": "target_other_case",
		},
		"of another case and state": {
			"matches": [{"in_cited_case": false, "state": "differs"}],
			"code": "target_unknown",
		},
		"a spouse's here, a subject's elsewhere": {
			"matches": [{"relation": "spouse"}, {"in_cited_case": false}],
			"code": "target_not_subject",
		},
		"a spouse's and handed on by a subject": {
			"matches": [{"relation": "spouse"}, {"plate_valid": false}],
			"code": "target_plate_expired",
		},
	}
	request := _matches(test_case.matches)
	_reasons(request) == {test_case.code}
	not target.satisfied with input as request with data.tables as examples.tables
}

test_matches_that_are_no_list_are_nobodys[note] if {
	some note, matches in {"null": null, "a word": "s1", "an object": {"0": examples.match}}
	request := examples.with_value("facts/target/matches", matches)
	_reasons(request) == {"target_unknown"}
	not target.satisfied with input as request with data.tables as examples.tables
}

test_a_plate_is_not_judged_against_a_case_that_is_not_the_persons[note] if {
	some note, request in {
		"unknown": {"facts/case": null},
		"not assigned": {"facts/case/assigned": false},
	}
	changed := examples.with_values(object.union(request, {
		"facts/target/matches": [],
		"facts/target/protected": true,
	}))
	_reasons(changed) == set()
	not target.satisfied with input as changed with data.tables as examples.tables
}
