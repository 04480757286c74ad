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
# title: The approvals that this request rests on
# description: >-
#   Of each scope that the request needs one, the first by its id where several count. The record of
#   an allowed search names these and no others.
used contains id if {
	some scope in _needed
	candidates := [id | some id in {given.id | some given in _counting; given.scope == scope}]
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
_counting contains given if {
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
