package lpr.emergency_test

import data.lpr
import data.lpr.emergency
import data.lpr.examples_test as examples

_claim := {
	"query/purpose": "exigent_circumstances",
	"query/reason_present": true,
	"query/circumstance": "fire",
	"query/window/lookback_days": 2,
	"facts/case": null,
	"facts/target/matches": [],
	"facts/reviews": {"emergencies_24h": 0, "overdue": 0},
}

_emergency(changes) := examples.with_values(object.union(_claim, changes))

_decide(request) := answer if {
	answer := lpr.decision with input as request
		with data.tables as examples.tables
		with data.revision as "p-1"
}

test_an_emergency_is_allowed_for_a_plate_and_a_case_that_nobody_knows if {
	answer := _decide(_emergency({}))
	answer.allow == true
	answer.reasons == []
	{obligation.type | some obligation in answer.obligations} == {
		"clamp_window",
		"drop_reads_older_than",
		"drop_other_plates",
		"strip_links",
		"limit_results",
		"require_review",
		"notify",
		"search_typed_plate",
	}
}

test_an_emergency_for_a_known_subject_goes_out_as_the_plate_was_issued if {
	answer := _decide(_emergency({
		"facts/case": examples.request.facts.case,
		"facts/target/matches": [examples.match],
	}))
	answer.allow == true
	not "search_typed_plate" in {obligation.type | some obligation in answer.obligations}
}

test_without_an_emergency_nothing_is_owed_for_one if {
	emergency.owed == [] with input as examples.request with data.tables as examples.tables
	emergency.satisfied with input as examples.request with data.tables as examples.tables
}

test_an_emergency_is_denied[note] if {
	some note, test_case in {
		"a role that may not": {"change": {"subject/roles": ["auditor"]}, "code": "emergency_not_allowed"},
		"part of a plate": {"change": {"query/plate/match": "partial"}, "code": "emergency_not_allowed"},
		"a place": {"change": {"query/geo": {"kind": "radius"}}, "code": "emergency_not_allowed"},
		"no circumstance": {"change": {"query/circumstance": null}, "code": "emergency_circumstance"},
		"another circumstance": {"change": {"query/circumstance": "haste"}, "code": "emergency_circumstance"},
		"no statement": {"change": {"query/reason_present": false}, "code": "reason_missing"},
		"no case or call": {"change": {"query/case_number": null}, "code": "case_missing"},
		"too far back": {"change": {"query/window/lookback_days": 2.1}, "code": "lookback_too_long"},
		"a protected plate": {
			"change": {"facts/target/protected": true},
			"code": "emergency_needs_second_person",
		},
		"one too many": {
			"change": {"facts/reviews": {"emergencies_24h": 2, "overdue": 0}},
			"code": "emergency_ceiling",
		},
		"a review overdue": {
			"change": {"facts/reviews": {"emergencies_24h": 0, "overdue": 1}},
			"code": "review_overdue",
		},
	}
	answer := _decide(_emergency(test_case.change))
	answer.allow == false
	test_case.code in {reason.code | some reason in answer.reasons}
}

test_reviews_that_are_not_known_deny if {
	answer := _decide(_emergency({"facts/reviews": null}))
	{"emergency_ceiling", "review_overdue"} == {reason.code | some reason in answer.reasons}
}

test_a_table_without_circumstances_knows_no_emergency if {
	reasons := emergency.deny with input as _emergency({})
		with data.tables as json.remove(examples.tables, ["emergencies/circumstances"])
	examples.codes(reasons) == {"emergency_circumstance"}
}

test_a_circumstance_without_an_emergency_is_nothing if {
	request := examples.with_value("query/circumstance", "haste")
	emergency.deny == set() with input as request with data.tables as examples.tables
}

test_a_protected_plate_is_searched_with_a_second_person if {
	answer := _decide(_emergency({
		"facts/target/protected": true,
		"facts/approvals": [examples.approval("protected_plate")],
	}))
	answer.allow == true
}

test_the_last_emergency_of_the_day_may_still_be_paged_through if {
	page := _emergency({
		"operation/name": "plate.page",
		"facts/reviews": {"emergencies_24h": 2, "overdue": 0},
	})
	emergency.deny == set() with input as page with data.tables as examples.tables
}

test_a_table_without_hours_for_the_review_denies if {
	answer := lpr.decision with input as _emergency({})
		with data.tables as json.remove(examples.tables, ["emergencies/review_hours"])
		with data.revision as "p-1"
	answer.allow == false
}
