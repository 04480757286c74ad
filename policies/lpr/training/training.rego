# METADATA
# title: Is the person trained, and bound by the rules?
# description: Training before access and again each year; the rules of behavior accepted as they stand.
# organizations: [Privacy Office]
# custom:
#   owner: Privacy Office
package lpr.training

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
	not training_is_on_record
}

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
	not training_is_current
	training_is_on_record
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
	not rules_are_accepted
}
