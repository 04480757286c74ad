package lpr.approval_test

import data.lpr.approval
import data.lpr.examples_test as examples

_in_force(given) := scopes if {
	scopes := approval.in_force with input as examples.with_value("facts/approvals", given)
		with data.tables as examples.tables
}

test_an_approval_of_another_active_supervisor_counts if {
	_in_force([examples.approval("geo_search")]) == {"geo_search"}
}

test_an_approval_of_a_protected_plate_counts_only_where_it_names_the_plate[note] if {
	some note, change in {"none": {"plate_named": false}, "not said": {"plate_named": null}}
	_in_force([object.union(examples.approval("protected_plate"), change)]) == set()
	_in_force([examples.approval("protected_plate")]) == {"protected_plate"}
}

test_an_approval_of_another_scope_counts_without_a_plate_and_is_not_one_that_names_it if {
	given := [object.union(examples.approval("partial_plate"), {"plate_named": false})]
	request := examples.with_value("facts/approvals", given)
	_in_force(given) == {"partial_plate"}
	approval.named_in_force == set() with input as request with data.tables as examples.tables
}

test_an_approval_counts_to_the_last_of_its_hours if {
	_in_force([object.union(examples.approval("geo_search"), {"expires_in_hours": 8})]) == {"geo_search"}
}

test_an_approval_does_not_count[note] if {
	some note, change in {
		"from oneself": {"same_person": true},
		"from nobody known": {"same_person": null},
		"from a person who has left": {"approver_active": false},
		"from a person of unknown standing": {"approver_active": null},
		"from no supervisor": {"approver_is_supervisor": false},
		"for another case": {"case_matches": false},
		"for another plate": {"plate_matches": false},
		"expired": {"expires_in_hours": 0},
		"long expired": {"expires_in_hours": -5},
		"running too long": {"expires_in_hours": 8.1},
		"without an end": {"expires_in_hours": null},
	}
	_in_force([object.union(examples.approval("geo_search"), change)]) == set()
}

test_one_approval_that_counts_is_enough if {
	_in_force([
		object.union(examples.approval("geo_search"), {"same_person": true}),
		examples.approval("geo_search"),
		{"id": "a3"},
	]) == {"geo_search"}
}

test_an_approval_without_a_scope_spoils_no_other if {
	_in_force([
		json.remove(examples.approval("geo_search"), ["scope"]),
		examples.approval("protected_plate"),
	]) == {"protected_plate"}
}

test_approvals_that_are_no_list_do_not_count if {
	_in_force({"a1": examples.approval("geo_search")}) == set()
	_in_force(null) == set()
}

test_a_limit_that_is_no_number_lets_no_approval_count if {
	scopes := approval.in_force with input as examples.with_value(
		"facts/approvals",
		[examples.approval("geo_search")],
	)
		with data.tables as examples.with_table("approvals/max_hours/value", "72")
	scopes == set()
}

_used(changes) := ids if {
	ids := approval.used with input as examples.with_values(changes) with data.tables as examples.tables
}

_given(id, scope) := object.union(examples.approval(scope), {"id": id})

test_a_request_rests_on_the_approval_of_the_scope_that_it_needs[scope] if {
	all_given := [_given(scope, scope) |
		some scope in ["partial_plate", "geo_search", "protected_plate", "other_purpose"]
	]
	some scope, change in {
		"partial_plate": {"query/plate/match": "partial"},
		"geo_search": {"query/geo": {"kind": "box", "size_miles": 1}},
		"protected_plate": {"facts/target/protected": true},
		"other_purpose": {"query/purpose": "any"},
	}
	_used(object.union(change, {"facts/approvals": all_given})) == {scope}
}

test_of_two_that_count_the_first_by_its_id_is_used_and_of_those_that_do_not_none if {
	_used({
		"query/geo": {"kind": "box", "size_miles": 1},
		"facts/approvals": [
			_given("a3", "geo_search"),
			_given("a2", "geo_search"),
			object.union(_given("a1", "geo_search"), {"same_person": true}),
		],
	}) == {"a2"}
}

test_of_two_that_count_the_one_that_names_the_plate_is_used if {
	_used({
		"query/plate/match": "partial",
		"facts/approvals": [
			object.union(_given("a1", "partial_plate"), {"plate_named": false}),
			_given("a2", "partial_plate"),
		],
	}) == {"a2"}
}

test_an_ordinary_request_rests_on_no_approval if {
	_used({"facts/approvals": [_given("a1", "geo_search")]}) == set()
}
