# METADATA
# title: What is the search for?
# description: >-
#   A purpose is one of a closed list, open to the person's component and fitting the kind of case.
#   Free text alone proved worthless as a safeguard, so it never replaces the purpose.
# organizations: [Privacy Office]
# related_resources:
#   - description: California Civil Code 1798.90.52, the purpose of every access
#     ref: https://leginfo.legislature.ca.gov/faces/codes_displaySection.xhtml?lawCode=CIV&sectionNum=1798.90.52.
# custom:
#   owner: Privacy Office
package lpr.purpose

# METADATA
# title: Every condition of this topic holds
# description: Given, permitted, fitting the case, approved and explained where that is asked.
satisfied if {
	_purpose_is_permitted
	_purpose_fits_case
	_purpose_is_approved
	_reason_is_given
}

# METADATA
# title: No purpose was given.
# description: Every access records its purpose.
# custom:
#   code: purpose_missing
#   basis: Cal. Civ. Code 1798.90.52, the purpose of every access
deny contains {
	"code": "purpose_missing",
	"message": "No purpose was given.",
	"fix": "Name one: header X-LPR-Purpose, the vendor's reason field, or a declared context (POST /gateway/contexts).",
} if {
	not _purpose_is_given
}

# METADATA
# title: A purpose was given
_purpose_is_given if is_string(input.query.purpose)

# METADATA
# title: This purpose is not one you may use.
# description: It is not in the table of purposes, or not there for the person's component.
# custom:
#   code: purpose_not_allowed
#   basis: DHS/ICE/PIA-039, specified purpose policies
deny contains {
	"code": "purpose_not_allowed",
	"message": "This purpose is not one you may use.",
	"fix": "Use one of the purposes listed for your component.",
} if {
	_purpose_is_given
	not _purpose_is_permitted
}

# METADATA
# title: The row of this purpose in the table
_listed := data.tables.purposes[input.query.purpose]

# METADATA
# title: The purpose is listed for the person's component
_purpose_is_permitted if input.subject.component in _listed.components

# METADATA
# title: This purpose does not fit this kind of case.
# description: A civil matter must not be searched as a crime, with a crime's longer look-back.
# custom:
#   code: purpose_case_mismatch
#   basis: DHS/ICE/PIA-039, look-back by kind of case
deny contains {
	"code": "purpose_case_mismatch",
	"message": "This purpose does not fit this kind of case.",
	"fix": "Use the purpose that fits the case, or the right case number.",
} if {
	_purpose_is_permitted
	is_object(input.facts.case)
	not _purpose_fits_case
}

# METADATA
# title: The purpose is listed for this kind of case; an emergency may have none
# scope: document
_purpose_fits_case if input.facts.case.kind in _listed.case_kinds

_purpose_fits_case if data.lpr.emergency.claimed

# METADATA
# title: This purpose needs a supervisor's approval, and none is in force.
# description: A purpose outside the list proper is for a supervisor to judge, each time.
# custom:
#   code: purpose_needs_approval
#   basis: Agency rule; vendors treat "other" in the same way
deny contains {
	"code": "purpose_needs_approval",
	"message": "This purpose needs a supervisor's approval, and none is in force.",
	"fix": "Ask a supervisor to approve it for this case.",
} if {
	_purpose_is_permitted
	not _purpose_is_approved
}

# METADATA
# title: The purpose needs no approval, or has one
# scope: document
_purpose_is_approved if _listed.needs_approval == false

_purpose_is_approved if {
	_listed.needs_approval == true
	"other_purpose" in data.lpr.approval.in_force
}

# METADATA
# title: This purpose needs a written reason.
# description: Who uses the catch-all says in words what for.
# custom:
#   code: reason_missing
#   basis: Agency rule; Flock asks for free text where the offense type is "Other"
deny contains {
	"code": "reason_missing",
	"message": "This purpose needs a written reason.",
	"fix": "Write the reason in the vendor's reason field.",
} if {
	_purpose_is_permitted
	not _reason_is_given
}

# METADATA
# title: The purpose needs no written reason, or has one
# scope: document
_reason_is_given if _listed.needs_written_reason == false

_reason_is_given if {
	_listed.needs_written_reason == true
	input.query.reason_present == true
}
