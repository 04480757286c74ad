package lpr.freshness

# METADATA
# title: The ground is good
# description: Fresh facts, and a policy in force.
satisfied if {
	facts_are_fresh
	policy_is_in_force
}

# METADATA
# title: The facts are no older than the table allows, and not from the future
facts_are_fresh if {
	most := data.tables.policy.facts_max_age_hours.value
	is_number(most)
	is_number(input.facts.age_hours)
	input.facts.age_hours >= 0
	input.facts.age_hours <= most
}

# METADATA
# title: The policy is valid, and written for this form of request
policy_is_in_force if {
	data.tables.policy.valid.value == true
	input.schema == "lpr.input.v1"
}
