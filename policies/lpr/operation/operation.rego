# METADATA
# title: What kind of search is it?
# description: >-
#   A search is for one whole plate. Part of a plate, or a place, catches people who are nobody's
#   subject: both need a supervisor's approval.
# organizations: [Privacy Office]
# custom:
#   owner: Privacy Office
package lpr.operation

# METADATA
# title: Every condition of this topic holds
# description: One plate, whole or approved; no place, or approved.
satisfied if {
	plate_is_given
	plate_is_permitted
	_place_is_permitted
}

# METADATA
# title: No plate was given.
# description: A search by time or place alone returns everybody who drove past.
# custom:
#   code: plate_missing
#   basis: DHS/ICE/PIA-039, query by plate number
deny contains {
	"code": "plate_missing",
	"message": "No plate was given.",
	"fix": "Search for one plate; searching by time or place alone is not allowed.",
} if {
	not plate_is_given
}

# METADATA
# title: One plate is asked for, with at least one letter or digit
plate_is_given if {
	input.query.plate.match in {"exact", "partial", "fuzzy"}
	is_number(input.query.plate.fixed_characters)
	input.query.plate.fixed_characters > 0
	input.query.entries == null
}

# METADATA
# title: A search by part of a plate needs a supervisor's approval and enough fixed characters.
# description: The fewer characters are fixed, the more strangers are found.
# custom:
#   code: partial_plate_not_approved
#   basis: DHS/ICE/PIA-039(b), partial-plate query for select personnel
deny contains {
	"code": "partial_plate_not_approved",
	"message": "A search by part of a plate needs a supervisor's approval and enough fixed characters.",
	"fix": "Search for the full plate alone, or ask a supervisor to approve a partial-plate search for this case.",
} if {
	plate_is_given
	not plate_is_permitted
}

# METADATA
# title: The plate is whole; or partial with approval and enough fixed characters
# scope: document
plate_is_permitted if {
	input.query.plate.match == "exact"
	_operation_takes_match
}

plate_is_permitted if {
	input.query.plate.match in {"partial", "fuzzy"}
	_operation_takes_match
	fewest := data.tables.approvals.partial_plate_fixed_characters.value
	is_number(fewest)
	is_number(input.query.plate.fixed_characters)
	input.query.plate.fixed_characters >= fewest
	"partial_plate" in data.lpr.approval.in_force
}

# METADATA
# title: The operation takes plates given in this way
_operation_takes_match if input.query.plate.match in data.tables.operations[input.operation.name].matches

# METADATA
# title: A search by place needs a supervisor's approval, and none is in force.
# description: Places tell of worship, health and protest; a limit by place must be judged by a person.
# custom:
#   code: geo_search_not_approved
#   basis: DHS/ICE/PIA-039(b), geographic query for select personnel
deny contains {
	"code": "geo_search_not_approved",
	"message": "A search by place needs a supervisor's approval, and none is in force.",
	"fix": "Leave out the place, or ask a supervisor to approve it.",
} if {
	not _place_is_permitted
}

# METADATA
# title: No place is given, or a supervisor approved it
# scope: document
_place_is_permitted if input.query.geo == null

_place_is_permitted if {
	is_object(input.query.geo)
	"geo_search" in data.lpr.approval.in_force
}
