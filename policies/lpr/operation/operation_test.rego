package lpr.operation_test

import data.lpr.examples_test as examples
import data.lpr.operation

_partial := {
	"query/plate/match": "partial",
	"facts/approvals": [examples.approval("partial_plate")],
}

_place := {
	"query/geo": {"kind": "radius", "size_miles": 2},
	"facts/approvals": [examples.approval("geo_search")],
}

_denied(changes, code) if {
	request := examples.with_values(changes)
	reasons := operation.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {code}
	not operation.satisfied with input as request with data.tables as examples.tables
}

_allowed(changes) if {
	request := examples.with_values(changes)
	operation.satisfied with input as request with data.tables as examples.tables
	operation.deny == set() with input as request with data.tables as examples.tables
}

test_a_whole_plate_satisfies if _allowed({})

test_a_plate_is_missing[note] if {
	some note, changes in {
		"none": {"query/plate/match": "none"},
		"null": {"query/plate": null},
		"of wildcards only": {"query/plate/fixed_characters": 0},
		"of an unknown length": {"query/plate/fixed_characters": null},
		"of a length in words": {"query/plate/fixed_characters": "6"},
		"a list of plates": {"query/entries": []},
	}
	_denied(changes, "plate_missing")
}

test_a_partial_plate_with_approval_satisfies if _allowed(_partial)

test_a_partial_plate_of_the_fewest_characters_satisfies if {
	_allowed(object.union(_partial, {"query/plate/fixed_characters": 4}))
}

test_a_partial_plate_is_not_approved[note] if {
	some note, changes in {
		"without approval": {"facts/approvals": []},
		"with an approval of another scope": {"facts/approvals": [examples.approval("geo_search")]},
		"with too few characters": {"query/plate/fixed_characters": 3},
		"for a search that takes none": {"operation/name": "plate.fuzzy"},
	}
	_denied(object.union(_partial, changes), "partial_plate_not_approved")
}

test_a_fuzzy_search_with_approval_satisfies if {
	_allowed(object.union(_partial, {"query/plate/match": "fuzzy", "operation/name": "plate.fuzzy"}))
}

test_a_fuzzy_search_without_approval_is_refused if {
	_denied({"query/plate/match": "fuzzy", "operation/name": "plate.fuzzy"}, "partial_plate_not_approved")
}

test_a_search_that_takes_no_whole_plate_refuses_one if {
	_denied({"operation/name": "plate.fuzzy"}, "partial_plate_not_approved")
}

test_a_limit_that_is_no_number_refuses_every_partial_plate if {
	reasons := operation.deny with input as examples.with_values(_partial)
		with data.tables as examples.with_table("approvals/partial_plate_fixed_characters/value", "4")
	examples.codes(reasons) == {"partial_plate_not_approved"}
}

test_a_place_with_approval_satisfies if _allowed(_place)

test_a_place_is_not_approved[note] if {
	some note, changes in {
		"without approval": {"facts/approvals": []},
		"with an approval of another scope": {"facts/approvals": [examples.approval("partial_plate")]},
		"that cannot be read": {"query/geo": "downtown"},
	}
	_denied(object.union(_place, changes), "geo_search_not_approved")
}

test_a_request_that_does_not_say_whether_it_has_a_place_is_refused if {
	reasons := operation.deny with input as examples.without("query/geo")
		with data.tables as examples.tables
	examples.codes(reasons) == {"geo_search_not_approved"}
}
