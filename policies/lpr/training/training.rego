# METADATA
# title: Is the person trained, and bound by the rules?
# description: Training before access and again each year; the rules of behavior accepted as they stand.
# organizations: [Privacy Office]
# custom:
#   owner: Privacy Office
package lpr.training

# METADATA
# title: Every condition of this topic holds
# description: The course current, and the rules accepted.
satisfied if {
	_training_is_current
	_rules_are_accepted
}

# METADATA
# title: No LPR training is on record for you.
# description: Nobody searches before the course is done.
# custom:
#   code: training_missing
#   basis: CJIS Security Policy 5.9.5, AT-3 (before access)
deny contains {
	"code": "training_missing",
	"message": "No LPR training is on record for you.",
	"fix": "Complete the LPR training course.",
} if {
	not _training_is_on_record
}

# METADATA
# title: The course is on record
_training_is_on_record if is_object(input.facts.training.lpr)

# METADATA
# title: Your LPR training is too old.
# description: Training lapses; one whose date is not known, or of a version not accepted, has lapsed too.
# custom:
#   code: training_lapsed
#   basis: CJIS Security Policy 5.9.5, AT-2 and AT-3 (annually thereafter)
deny contains {
	"code": "training_lapsed",
	"message": "Your LPR training is too old.",
	"fix": "Repeat the LPR training course.",
} if {
	_training_is_on_record
	not _training_is_current
}

# METADATA
# title: The course is recent enough, and of a version that counts
_training_is_current if {
	most := data.tables.training.max_age_days.value
	is_number(most)
	is_number(input.facts.training.lpr.age_days)
	input.facts.training.lpr.age_days >= 0
	input.facts.training.lpr.age_days <= most
	_version_is_accepted
}

# METADATA
# title: The table takes any version of the course, or this one
# scope: document
_version_is_accepted if data.tables.training.version.value == "any"

_version_is_accepted if {
	is_string(input.facts.training.lpr.version)
	input.facts.training.lpr.version == data.tables.training.version.value
}

# METADATA
# title: You have not accepted the current rules of behavior.
# description: The person has agreed to these rules, not to an earlier text of them.
# custom:
#   code: rules_not_accepted
#   basis: DHS/ICE/PIA-039, agreement to the rules before use
deny contains {
	"code": "rules_not_accepted",
	"message": "You have not accepted the current rules of behavior.",
	"fix": "Accept them: POST /gateway/acknowledgements.",
} if {
	not _rules_are_accepted
}

# METADATA
# title: The rules of behavior were accepted in the version now in force
_rules_are_accepted if {
	is_number(input.facts.acknowledgement.age_days)
	input.facts.acknowledgement.age_days >= 0
	is_string(input.facts.acknowledgement.version)
	input.facts.acknowledgement.version == data.tables.training.rules_of_behavior_version.value
}
