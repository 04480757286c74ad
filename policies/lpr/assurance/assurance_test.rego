package lpr.assurance_test

import data.lpr.assurance
import data.lpr.examples_test as examples

_signed_in(acr, amr, age) := examples.with_values({
	"actor/method": "oidc",
	"actor/assurance": {"acr": acr, "amr": amr, "auth_age_minutes": age},
})

test_an_assurance_that_is_enough_satisfies[note] if {
	some note, request in {
		"a key": examples.request,
		"a card": examples.with_value("actor/method", "certificate"),
		"a class": _signed_in("strong", null, null),
		"a class beside weak means": _signed_in("strong", ["pwd"], 5),
		"the strongest of the means": _signed_in("unheard of", ["pwd", "otp"], 60),
		"unstated": _signed_in(null, null, null),
	}
	assurance.satisfied with input as request with data.tables as examples.tables
	assurance.deny == set() with input as request with data.tables as examples.tables
}

test_an_assurance_is_too_low[note] if {
	some note, request in {
		"a password alone": _signed_in(null, ["pwd"], null),
		"a class that nobody listed": _signed_in("unheard of", null, null),
		"means that nobody listed": _signed_in(null, ["magic"], null),
		"no means": _signed_in(null, [], null),
		"too long ago": _signed_in("strong", null, 61),
		"a sign-on of which nothing is known": examples.with_value("actor/method", "oidc"),
		"a method that nobody listed": examples.with_value("actor/method", "unheard of"),
	}
	reasons := assurance.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {"assurance_too_low"}
	not assurance.satisfied with input as request with data.tables as examples.tables
}

test_an_operation_that_needs_more_than_a_key_refuses_one if {
	reasons := assurance.deny with input as examples.request
		with data.tables as json.patch(examples.tables, [{
			"op": "replace",
			"path": "assurance/operations/plate.search",
			"value": 2,
		}])
	examples.codes(reasons) == {"assurance_too_low"}
}
