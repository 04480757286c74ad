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
# title: A search by part of a plate needs a supervisor's approval and enough fixed characters.
# description: The fewer characters are fixed, the more strangers are found.
# custom:
#   code: partial_plate_not_approved
#   basis: DHS/ICE/PIA-039(b), partial-plate query for select personnel
deny contains {
	"code": "partial_plate_not_approved",
	"message": "A search by part of a plate needs a supervisor's approval and enough fixed characters.",
	"fix": "Give the full plate, or ask a supervisor to approve a partial-plate search for this case.",
} if {
	not plate_is_permitted
	plate_is_given
}

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
	not place_is_permitted
}
