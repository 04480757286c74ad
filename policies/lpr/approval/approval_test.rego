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
