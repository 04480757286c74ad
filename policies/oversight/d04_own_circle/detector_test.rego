package oversight.d04_own_circle_test

import data.oversight.d04_own_circle

_limits := {"value": ["target_protected"]}

_found(search) := findings if {
	findings := d04_own_circle.findings with input as {"search": search}
		with data.oversight.d04_own_circle.protected_reasons as _limits
}

test_a_refused_protected_plate_is_found if {
	_found({"reasons": ["case_missing", "target_protected"], "on_list": false}) == {{"severity": "alert", "about": "protected"}}
}

test_a_vehicle_on_the_list_is_found if {
	_found({"reasons": [], "on_list": true}) == {{"severity": "alert", "about": "plate"}}
}

test_both_at_once_are_two_findings if {
	count(_found({"reasons": ["target_protected"], "on_list": true})) == 2
}

test_any_other_refusal_is_no_finding if {
	_found({"reasons": ["target_unknown", "lookback_too_long"], "on_list": false}) == set()
}

test_a_search_of_which_nothing_is_known_is_no_finding if {
	_found({}) == set()
}
