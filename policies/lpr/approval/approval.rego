# METADATA
# title: Which supervisors' approvals count?
# description: >-
#   Denies nothing by itself: the other topics ask it whether an approval of some scope is in force.
#   An approval is never lent, never one's own, and never lasts.
# organizations: [Privacy Office]
# custom:
#   owner: Privacy Office
package lpr.approval

# METADATA
# title: The scopes that are approved for this request
# description: >-
#   Given by another, active person who is a supervisor, for this case (and plate, where it names
#   one), and not yet expired. One that runs longer than an approval may live does not count, nor does it
#   begin to count in its last hours.
in_force contains given.scope if some given in _counting

# METADATA
# title: The scopes that are approved for the very plate, or part of one, that is asked for
# description: Part of a plate that a person did not see is nothing that he or she could approve.
named_in_force contains given.scope if some given in _naming

# METADATA
# title: The approvals that this request rests on
# description: >-
#   Of each scope that the request needs one, the first by its id where several count; one that names
#   the plate before one that names none. The record of an allowed search names these and no others.
used contains id if {
	some scope in _needed
	all := {given.id | some given in _counting; given.scope == scope}
	naming := {given.id | some given in _naming; given.scope == scope}
	candidates := array.concat([id | some id in naming], [id | some id in all])
	id := candidates[0]
}

# METADATA
# title: What the request asks for that nobody may search without an approval
# scope: document
_needed contains "partial_plate" if input.query.plate.match in {"partial", "fuzzy"}

_needed contains "geo_search" if is_object(input.query.geo)

_needed contains "protected_plate" if input.facts.target.protected == true

_needed contains "other_purpose" if data.tables.purposes[input.query.purpose].needs_approval == true

# METADATA
# title: The approvals that count for this request
# description: No protected plate is approved unseen, so that an approval of one counts only where it names it.
# scope: document
_counting contains given if {
	some given in _sound
	given.scope != "protected_plate"
}

_counting contains given if {
	some given in _sound
	given.plate_named == true
}

# METADATA
# title: Those of them that name the plate, or part of one
_naming contains given if {
	some given in _counting
	given.plate_named == true
}

# METADATA
# title: The approvals that another person may give, for this case and plate, and that still run
_sound contains given if {
	is_array(input.facts.approvals)
	some given in input.facts.approvals
	is_string(given.scope)
	given.same_person == false
	given.approver_active == true
	given.approver_is_supervisor == true
	given.case_matches == true
	given.plate_matches == true
	is_number(given.expires_in_hours)
	given.expires_in_hours > 0
	is_number(_most_hours)
	given.expires_in_hours <= _most_hours
	is_number(given.runs_hours)
	given.runs_hours <= _most_hours
}

# METADATA
# title: The hours that an approval may still have to run, from the table
_most_hours := data.tables.approvals.max_hours.value
