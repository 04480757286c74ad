# METADATA
# title: Whose plate is it?
# description: >-
#   Only plates of known subjects of the cited case are searched, not those of relatives, friends or
#   strangers. The plate is judged only against a case that is the person's own, so that nothing is
#   learnt about others'. One reason is given, the one that helps most.
# organizations: [Privacy Office]
# related_resources:
#   - description: DHS Privacy Office review of 2015, queries against known subjects
#     ref: http://www.securityinsights.org/2015/04/ice-seeks-a-license-plate-reader-service-take-two/
# custom:
#   owner: Privacy Office
package lpr.target

# METADATA
# title: The subject does not hold this plate any more, or not yet.
# description: Plates pass to strangers; an old one leads to somebody else.
# custom:
#   code: target_plate_expired
#   basis: DHS/ICE/PIA-039, known subjects
deny contains {
	"code": "target_plate_expired",
	"message": "The subject does not hold this plate any more, or not yet.",
	"fix": "Have the case file corrected if it is out of date.",
} if {
	not plate_counts
	subject_is_required
	plate_is_a_subjects
}

# METADATA
# title: This plate belongs to somebody who is not a subject of the case.
# description: The spouse of a target is not a target; such a search is on record.
# custom:
#   code: target_not_subject
#   basis: DHS/ICE/PIA-039, known subjects
deny contains {
	"code": "target_not_subject",
	"message": "This plate belongs to somebody who is not a subject of the case.",
	"fix": "Only plates of the case's own subjects may be searched, not those of relatives or associates.",
} if {
	not plate_is_a_subjects
	subject_is_required
	plate_is_in_case
}

# METADATA
# title: This plate is protected.
# description: Some plates lead to people or places that need a supervisor's second look.
# custom:
#   code: target_protected
#   basis: CDT on PIA-039, sensitive locations; agency rule
deny contains {
	"code": "target_protected",
	"message": "This plate is protected.",
	"fix": "Ask a supervisor to approve it for this case.",
} if {
	not protection_is_respected
	not case_file_explains
	plate_is_judged
}

# METADATA
# title: This plate belongs to a subject of another case.
# description: The case cited must be the one that the plate belongs to.
# custom:
#   code: target_other_case
#   basis: DHS/ICE/PIA-039, known subjects
deny contains {
	"code": "target_other_case",
	"message": "This plate belongs to a subject of another case.",
	"fix": "Cite the case it belongs to.",
} if {
	not plate_is_in_case
	subject_is_required
	protection_is_respected
	plate_is_elsewhere
}

# METADATA
# title: This plate does not belong to a known subject of the case.
# description: Nobody's plate is searched to see what turns up.
# custom:
#   code: target_unknown
#   basis: DHS/ICE/PIA-039, known subjects
deny contains {
	"code": "target_unknown",
	"message": "This plate does not belong to a known subject of the case.",
	"fix": "Check the plate, its state and the case number.",
} if {
	not plate_is_elsewhere
	not plate_is_in_case
	subject_is_required
	protection_is_respected
}
