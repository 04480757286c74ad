# METADATA
# title: Which case does the search serve?
# description: A search belongs to an open case that the person works on.
# organizations: [Privacy Office]
# custom:
#   owner: Privacy Office
package lpr.case

# METADATA
# title: Every condition of this topic holds
# description: Given, open, and the person's own; a case that is not known is neither. In an emergency, given.
# scope: document
satisfied if {
	_case_is_given
	_case_is_open
	case_is_assigned
}

satisfied if {
	_case_is_given
	data.lpr.emergency.claimed
}

# METADATA
# title: No case number was given.
# description: In millions of published searches nineteen in twenty had none, and could not be checked.
# custom:
#   code: case_missing
#   basis: NCRIC ALPR policy, audit report
deny contains {
	"code": "case_missing",
	"message": "No case number was given.",
	"fix": "Send it in X-LPR-Case, the vendor's case field, or a declared context.",
} if {
	not _case_is_given
}

# METADATA
# title: A case number was given
_case_is_given if {
	is_string(input.query.case_number)
	input.query.case_number != ""
}

# METADATA
# title: This case does not exist.
# description: A made-up number is not a case.
# custom:
#   code: case_unknown
#   basis: DHS/ICE/PIA-039, investigations or enforcement actions
deny contains {
	"code": "case_unknown",
	"message": "This case does not exist.",
	"fix": "Check the case number.",
} if {
	_case_is_given
	not _case_is_known
	data.lpr.emergency.case_file_decides
}

# METADATA
# title: The case file has this case
_case_is_known if is_object(input.facts.case)

# METADATA
# title: This case is closed.
# description: When the matter ends, so does the need to know; a case of unknown status counts as closed.
# custom:
#   code: case_closed
#   basis: DHS/ICE/PIA-039, investigations or enforcement actions
deny contains {
	"code": "case_closed",
	"message": "This case is closed.",
	"fix": "Have the case reopened, or cite the open case that this search serves.",
} if {
	_case_is_known
	not _case_is_open
	data.lpr.emergency.case_file_decides
}

# METADATA
# title: The case is open
_case_is_open if input.facts.case.status == "open"

# METADATA
# title: You are not assigned to this case.
# description: A colleague's case number does not open a search.
# custom:
#   code: case_not_assigned
#   basis: Baltimore ERO practice before 2015, each plate tied to a case
deny contains {
	"code": "case_not_assigned",
	"message": "You are not assigned to this case.",
	"fix": "Check the case number, or ask to be assigned to the case.",
} if {
	_case_is_known
	not case_is_assigned
	data.lpr.emergency.case_file_decides
}

# METADATA
# title: The person is assigned to the case
case_is_assigned if input.facts.case.assigned == true
