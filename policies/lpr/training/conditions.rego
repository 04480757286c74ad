package lpr.training

# METADATA
# title: The person is trained and bound by the rules
# description: The course current, and the rules accepted.
satisfied if {
	training_is_current
	rules_are_accepted
}

# METADATA
# title: The course is on record
training_is_on_record if is_object(input.facts.training.lpr)

# METADATA
# title: The course is recent enough, and of a version that counts
training_is_current if {
	most := data.tables.training.max_age_days.value
	is_number(most)
	is_number(input.facts.training.lpr.age_days)
	input.facts.training.lpr.age_days >= 0
	input.facts.training.lpr.age_days <= most
	version_is_accepted
}

# METADATA
# title: The table takes any version of the course, or this one
# scope: document
version_is_accepted if data.tables.training.version.value == "any"

version_is_accepted if {
	is_string(input.facts.training.lpr.version)
	input.facts.training.lpr.version == data.tables.training.version.value
}

# METADATA
# title: The rules of behavior were accepted in the version now in force
rules_are_accepted if {
	is_number(input.facts.acknowledgement.age_days)
	input.facts.acknowledgement.age_days >= 0
	is_string(input.facts.acknowledgement.version)
	input.facts.acknowledgement.version == data.tables.training.rules_of_behavior_version.value
}
