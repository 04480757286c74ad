package lpr.identity_test

import data.lpr.examples_test as examples
import data.lpr.identity

_service := {
	"actor/kind": "service",
	"actor/service": "svc",
}

test_an_active_officer_satisfies if {
	identity.satisfied with input as examples.request with data.tables as examples.tables
	identity.deny == set() with input as examples.request with data.tables as examples.tables
}

test_a_service_that_names_its_person_satisfies if {
	request := examples.with_values(_service)
	identity.satisfied with input as request with data.tables as examples.tables
	identity.deny == set() with input as request with data.tables as examples.tables
}

test_a_service_without_a_person_needs_one if {
	request := examples.with_values(object.union(_service, {"subject/id": null}))
	reasons := identity.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {"service_needs_person"}
	not identity.satisfied with input as request with data.tables as examples.tables
}

test_an_unknown_kind_of_credential_is_nobodys if {
	request := examples.with_value("actor/kind", "robot")
	reasons := identity.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {"service_needs_person"}
}

test_a_credential_that_may_not_act_for_the_person_is_refused[note] if {
	some note, request in {
		"said so": examples.with_value("actor/may_act_for_subject", false),
		"not said": examples.without("actor/may_act_for_subject"),
		"said in words": examples.with_value("actor/may_act_for_subject", "true"),
	}
	reasons := identity.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {"on_behalf_of_not_allowed"}
	not identity.satisfied with input as request with data.tables as examples.tables
}

test_a_person_is_inactive[note] if {
	some note, request in {
		"suspended": examples.with_value("subject/active", false),
		"unknown whether active": examples.with_value("subject/active", null),
		"active in words": examples.with_value("subject/active", "true"),
		"without an id": examples.with_value("subject/id", null),
	}
	reasons := identity.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {"person_inactive"}
	not identity.satisfied with input as request with data.tables as examples.tables
}

test_a_role_may_not_query[note] if {
	some note, request in {
		"another role": examples.with_value("subject/roles", ["auditor"]),
		"no role": examples.with_value("subject/roles", []),
		"roles unknown": examples.with_value("subject/roles", null),
		"a role that is no list": examples.with_value("subject/roles", "officer"),
		"an operation in no table": examples.with_value("operation/name", "plate.everything"),
	}
	reasons := identity.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {"role_may_not_query"}
	not identity.satisfied with input as request with data.tables as examples.tables
}

test_one_permitted_role_among_others_is_enough if {
	identity.satisfied with input as examples.with_value("subject/roles", ["auditor", "officer"])
		with data.tables as examples.tables
}

test_an_unknown_kind_of_credential_does_not_satisfy if {
	not identity.satisfied with input as examples.with_value("actor/kind", "robot")
		with data.tables as examples.tables
}
