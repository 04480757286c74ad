# METADATA
# title: Is what we decide on still good?
# description: >-
#   Facts about people and cases go out of date, and so does a policy. On stale ground nothing is
#   allowed.
# organizations: [Privacy Office]
# custom:
#   owner: Privacy Office
package lpr.freshness

# METADATA
# title: Every condition of this topic holds
# description: Fresh facts, and a policy in force.
satisfied if {
	_facts_are_fresh
	_policy_is_in_force
}

# METADATA
# title: What the gateway knows of cases and people is too old to decide on.
# description: A case closed or a person suspended yesterday must count today.
# custom:
#   code: facts_stale
#   basis: Gateway design; no outside source names a number
deny contains {
	"code": "facts_stale",
	"message": "What the gateway knows of cases and people is too old to decide on.",
	"fix": "Call the gateway's operator: the facts feed is late.",
} if {
	not _facts_are_fresh
}

# METADATA
# title: The facts are no older than the table allows, and not from the future
_facts_are_fresh if {
	most := data.tables.policy.facts_max_age_hours.value
	is_number(most)
	is_number(input.facts.age_hours)
	input.facts.age_hours >= 0
	input.facts.age_hours <= most
}

# METADATA
# title: The policy in force has expired.
# description: >-
#   The privacy office can end a policy by one word in its table, and a policy that nobody has
#   reviewed for too long ends by itself. One written for another form of request than it is shown
#   is out of force as well.
# custom:
#   code: policy_expired
#   basis: NCRIC ALPR policy, review every 12 months
deny contains {
	"code": "policy_expired",
	"message": "The policy in force has expired.",
	"fix": "Call the privacy office: a policy must be activated.",
} if {
	not _policy_is_in_force
}

# METADATA
# title: The policy is valid, reviewed in time, and written for this form of request
_policy_is_in_force if {
	data.tables.policy.valid.value == true
	input.schema == "lpr.input.v1"
	most := data.tables.policy.max_age_days.value
	is_number(most)
	is_number(input.policy.age_days)
	input.policy.age_days >= 0
	input.policy.age_days <= most
}
