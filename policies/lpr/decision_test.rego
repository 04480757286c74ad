package lpr_test

import data.lpr
import data.lpr.examples_test as examples

_decide(request) := answer if {
	answer := lpr.decision with input as request
		with data.tables as examples.tables
		with data.revision as "p-1"
}

test_a_request_that_satisfies_every_topic_is_allowed if {
	answer := _decide(examples.request)
	answer.allow == true
	answer.reasons == []
	count(answer.obligations) == 5
	answer.policy == {"revision": "p-1"}
}

test_a_denial_has_reasons_and_no_obligations if {
	answer := _decide(examples.with_value("facts/case/status", "closed"))
	answer.allow == false
	[reason.code | some reason in answer.reasons] == ["case_closed"]
	answer.obligations == []
}

test_a_reason_is_told_with_its_sentence_and_remedy if {
	answer := _decide(examples.with_value("facts/case/status", "closed"))
	every reason in answer.reasons {
		reason.message == "This case is closed."
		reason.fix == "Have the case reopened, or cite the open case that this search serves."
	}
}

test_reasons_of_several_topics_are_sorted_by_code if {
	answer := _decide(examples.with_values({
		"subject/active": false,
		"facts/case/status": "closed",
		"facts/training": {},
	}))
	[reason.code | some reason in answer.reasons] == ["case_closed", "person_inactive", "training_missing"]
}

test_a_reason_denies_even_where_every_topic_is_satisfied if {
	answer := lpr.decision with input as examples.request
		with data.tables as examples.tables
		with data.revision as "p-1"
		with data.lpr.usage.deny as {{"code": "usage_ceiling", "message": "m", "fix": "f"}}
	answer.allow == false
	answer.obligations == []
}

test_a_reason_of_any_topic_denies_and_is_told[note] if {
	some note, test_case in {
		"freshness": {"path": "facts/age_hours", "value": 3, "code": "facts_stale"},
		"identity": {"path": "subject/active", "value": false, "code": "person_inactive"},
		"assurance": {"path": "actor/method", "value": "unheard of", "code": "assurance_too_low"},
		"training": {"path": "facts/training", "value": {}, "code": "training_missing"},
		"purpose": {"path": "query/purpose", "value": null, "code": "purpose_missing"},
		"case": {"path": "facts/case/status", "value": "closed", "code": "case_closed"},
		"target": {"path": "facts/target/matches", "value": [], "code": "target_unknown"},
		"retention": {"path": "query/window", "value": null, "code": "window_missing"},
		"operation": {"path": "query/geo", "value": {"km": 1}, "code": "geo_search_not_approved"},
		"usage": {"path": "facts/usage/queries_24h", "value": 5, "code": "usage_ceiling"},
	}
	answer := _decide(examples.with_value(test_case.path, test_case.value))
	answer.allow == false
	[reason.code | some reason in answer.reasons] == [test_case.code]
}

_topics := [
	"freshness",
	"identity",
	"assurance",
	"training",
	"purpose",
	"emergency",
	"case",
	"target",
	"retention",
	"operation",
	"usage",
	"obligations",
]

_all_satisfied := {topic: true | some topic in _topics}

_allowed(satisfied) if {
	lpr.allow with input as examples.request
		with data.tables as examples.tables
		with data.lpr.freshness.satisfied as satisfied.freshness
		with data.lpr.identity.satisfied as satisfied.identity
		with data.lpr.assurance.satisfied as satisfied.assurance
		with data.lpr.training.satisfied as satisfied.training
		with data.lpr.purpose.satisfied as satisfied.purpose
		with data.lpr.emergency.satisfied as satisfied.emergency
		with data.lpr.case.satisfied as satisfied.case
		with data.lpr.target.satisfied as satisfied.target
		with data.lpr.retention.satisfied as satisfied.retention
		with data.lpr.operation.satisfied as satisfied.operation
		with data.lpr.usage.satisfied as satisfied.usage
		with data.lpr.obligations.satisfied as satisfied.obligations
}

test_satisfied_topics_without_reasons_allow if _allowed(_all_satisfied)

test_one_topic_that_is_not_satisfied_denies_even_without_a_reason[topic] if {
	some topic in _topics
	satisfied := object.union(_all_satisfied, {topic: false})
	not _allowed(satisfied)
}

test_a_topic_that_cannot_be_evaluated_denies if {
	not lpr.allow with input as examples.request
		with data.tables as examples.tables
		with data.lpr.training as {}
}

test_a_request_that_knows_nothing_is_denied[note] if {
	some note, request in {"empty": {}, "null": null, "a list": [], "a word": "allow"}
	answer := _decide(request)
	answer.allow == false
	count(answer.reasons) > 0
}
