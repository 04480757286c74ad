# METADATA
# title: Whose plate is it?
# description: >-
#   Only plates of known subjects of the cited case are searched, not those of relatives, friends or
#   strangers. The plate is judged only against a case that is the person's own, so that nothing is
#   learnt about others'. One reason is given, the one that helps most.
# organizations: [Privacy Office]
# related_resources:
#   - description: DHS/ICE/PIA-039, queries against known subjects
#     ref: https://www.dhs.gov/publication/dhs-ice-pia-039-acquisition-and-use-license-plate-reader-data-commercial-service
# custom:
#   owner: Privacy Office
package lpr.target

# METADATA
# title: Every condition of this topic holds
# description: A known subject's plate, or a pattern that an approval names; protected plates only with approval.
satisfied if {
	_plate_counts
	_protection_is_respected
}

satisfied if {
	pattern_is_named
	data.lpr.operation.plate_is_permitted
	_protection_is_respected
}

satisfied if data.lpr.emergency.plate_needs_no_case

# METADATA
# title: The subject does not hold this plate any more, or not yet.
# description: Plates pass to strangers; an old one leads to somebody else.
# custom:
#   code: target_plate_expired
#   basis: DHS/ICE/PIA-039, known subjects
deny contains {
	"code": "target_plate_expired",
	"message": "The subject does not hold this plate any more, or not yet.",
	"fix": "Only a plate that the subject holds today is searched: have the case file corrected if it is out of date.",
} if {
	_subject_is_required
	_plate_is_a_subjects
	not _plate_counts
}

# METADATA
# title: The search is for a plate that must be a known subject's
_subject_is_required if {
	_plate_is_judged
	not pattern_is_named
}

# METADATA
# title: The case is the person's own, and the kind of search permitted
_plate_is_judged if {
	data.lpr.emergency.case_file_decides
	data.lpr.case.case_is_assigned
	data.lpr.operation.plate_is_given
	data.lpr.operation.plate_is_permitted
}

# METADATA
# title: The plate is, was or will be a subject's
_plate_is_a_subjects if count(_subjects) > 0

# METADATA
# title: The matches that belong to an active subject of the cited case
_subjects contains place if {
	some place in _in_case
	_matches[place].relation == "subject"
	_matches[place].active == true
}

# METADATA
# title: The matches in the file of the cited case, the state not differing
_in_case contains place if {
	some place in _found_as_sent
	_matches[place].in_cited_case == true
	_matches[place].assigned == true
	_matches[place].state in {"same", "unknown"}
}

# METADATA
# title: The known plates that the plate asked for may mean
_matches := input.facts.target.matches if is_array(input.facts.target.matches)

# METADATA
# title: A subject of the case holds this plate today
_plate_counts if count(counting) > 0

# METADATA
# title: The matches that make the plate a known subject's, by their place in the list
# description: The answer is limited to these plates.
counting contains place if {
	some place in _subjects
	_matches[place].plate_valid == true
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
	_subject_is_required
	_plate_is_in_case
	not _plate_is_a_subjects
}

# METADATA
# title: The plate is in the case file, whoever's it is
_plate_is_in_case if count(_in_case) > 0

# METADATA
# title: This plate is protected.
# description: Some plates lead to people or places that need a supervisor's second look.
# custom:
#   code: target_protected
#   basis: Agency rule, for sensitive locations
deny contains {
	"code": "target_protected",
	"message": "This plate is protected.",
	"fix": "Ask a supervisor to approve it for this case.",
} if {
	_plate_is_judged
	not _protection_is_respected
	not _case_file_explains
}

# METADATA
# title: The plate is not protected, or a supervisor approved it
# scope: document
_protection_is_respected if input.facts.target.protected == false

_protection_is_respected if {
	input.facts.target.protected == true
	"protected_plate" in data.lpr.approval.in_force
}

# METADATA
# title: The case file itself says why the plate does not count
_case_file_explains if {
	_subject_is_required
	_plate_is_in_case
	not _plate_counts
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
	_subject_is_required
	_protection_is_respected
	_plate_is_elsewhere
	not _plate_is_in_case
}

# METADATA
# title: The plate is in the file of another case
_plate_is_elsewhere if {
	some match in _matches
	match.in_cited_case == false
	match.state in {"same", "unknown"}
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
	_subject_is_required
	_protection_is_respected
	not _plate_is_elsewhere
	not _plate_is_in_case
}
