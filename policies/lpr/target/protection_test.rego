package lpr.target_test

import data.lpr.examples_test as examples
import data.lpr.target

_pattern := {
	"query/plate/match": "partial",
	"facts/target/matches": [],
	"facts/approvals": [examples.approval("partial_plate")],
}

_plateless := object.union(
	_pattern,
	{"facts/approvals": [object.union(examples.approval("partial_plate"), {"plate_named": false})]},
)

_reasons_after(changes) := codes if {
	reasons := target.deny with input as examples.with_values(changes) with data.tables as examples.tables
	codes := examples.codes(reasons)
}

test_a_protected_plate_is_refused[note] if {
	some note, protected in {"listed": true, "unknown": null, "in words": "false"}
	changes := {"facts/target/protected": protected}
	_reasons_after(changes) == {"target_protected"}
	not target.satisfied with input as examples.with_values(changes) with data.tables as examples.tables
}

test_a_protected_plate_with_approval_satisfies if {
	changes := {
		"facts/target/protected": true,
		"facts/approvals": [examples.approval("protected_plate")],
	}
	_reasons_after(changes) == set()
	target.satisfied with input as examples.with_values(changes) with data.tables as examples.tables
}

test_whether_a_strangers_plate_is_protected_is_the_one_reason if {
	_reasons_after({"facts/target/protected": true, "facts/target/matches": []}) == {"target_protected"}
}

test_protection_adds_nothing_to_what_the_case_file_explains if {
	spouse := object.union(examples.match, {"relation": "spouse"})
	_reasons_after({"facts/target/protected": true, "facts/target/matches": [spouse]}) == {"target_not_subject"}
}

test_an_approved_pattern_needs_no_known_subject if {
	_reasons_after(_pattern) == set()
	target.satisfied with input as examples.with_values(_pattern) with data.tables as examples.tables
}

test_a_pattern_that_no_approval_names_needs_a_known_subject[note] if {
	some note, test_case in {
		"a subject's": {"change": {}, "codes": set()},
		"a spouse's": {"change": {"relation": "spouse"}, "codes": {"target_not_subject"}},
		"handed on": {"change": {"plate_valid": false}, "codes": {"target_plate_expired"}},
		"spelled otherwise": {"change": {"spelling": "folded"}, "codes": {"target_unknown"}},
		"of a spelling not said": {"change": {"spelling": null}, "codes": {"target_unknown"}},
	}
	changes := object.union(_plateless, {"facts/target/matches": [object.union(examples.match, test_case.change)]})
	_reasons_after(changes) == test_case.codes
}

test_a_pattern_that_no_approval_names_and_no_plate_fits_does_not_satisfy if {
	_reasons_after(_plateless) == {"target_unknown"}
	not target.satisfied with input as examples.with_values(_plateless) with data.tables as examples.tables
}

test_a_pattern_that_no_approval_names_opens_the_subjects_plates_alone if {
	matches := [object.union(examples.match, {"relation": "spouse"}), examples.match]
	request := examples.with_values(object.union(_plateless, {"facts/target/matches": matches}))
	target.satisfied with input as request with data.tables as examples.tables
	target.counting == {1} with input as request with data.tables as examples.tables
}

test_an_approved_pattern_never_takes_in_a_protected_plate if {
	changes := object.union(_pattern, {"facts/target/protected": true})
	_reasons_after(changes) == {"target_protected"}
	not target.satisfied with input as examples.with_values(changes) with data.tables as examples.tables
}

test_a_pattern_without_approval_learns_nothing_of_protection if {
	changes := object.union(_pattern, {"facts/target/protected": true, "facts/approvals": []})
	_reasons_after(changes) == set()
	not target.satisfied with input as examples.with_values(changes) with data.tables as examples.tables
}

test_an_approved_fuzzy_search_needs_a_known_subject if {
	changes := object.union(_pattern, {"query/plate/match": "fuzzy", "operation/name": "plate.fuzzy"})
	_reasons_after(changes) == {"target_unknown"}
	not target.satisfied with input as examples.with_values(changes) with data.tables as examples.tables
}

test_a_pattern_without_approval_does_not_satisfy if {
	changes := object.union(_pattern, {"facts/approvals": []})
	not target.satisfied with input as examples.with_values(changes) with data.tables as examples.tables
}

test_who_holds_the_plates_does_not_matter_to_an_approved_pattern[note] if {
	some note, change in {"a spouse": {"relation": "spouse"}, "nobody any more": {"plate_valid": false}}
	changes := object.union(_pattern, {"facts/target/matches": [object.union(examples.match, change)]})
	_reasons_after(changes) == set()
}

test_the_case_file_explains_no_pattern if {
	spouse := object.union(examples.match, {"relation": "spouse"})
	changes := object.union(_pattern, {"facts/target/matches": [spouse], "facts/target/protected": true})
	_reasons_after(changes) == {"target_protected"}
}

test_an_approval_does_not_settle_whether_a_plate_is_protected if {
	changes := {
		"facts/target/protected": null,
		"facts/approvals": [examples.approval("protected_plate")],
	}
	_reasons_after(changes) == {"target_protected"}
}

test_a_list_of_plates_is_not_judged_as_one if {
	request := examples.with_values({"query/entries": [], "facts/target/matches": []})
	reasons := target.deny with input as request with data.tables as examples.tables
	reasons == set()
}
