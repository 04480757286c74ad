package lpr.target_test

import data.lpr.examples_test as examples
import data.lpr.target

_pattern := {
	"query/plate/match": "partial",
	"facts/target/matches": [],
	"facts/approvals": [examples.approval("partial_plate")],
}

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
