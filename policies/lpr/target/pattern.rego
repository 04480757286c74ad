package lpr.target

# METADATA
# title: The search is for part of a plate, and an approval names that part
# description: A supervisor saw it then. Where an approval names none, it opens the plates of the case's own subjects.
pattern_is_named if {
	_plate_is_pattern
	"partial_plate" in data.lpr.approval.named_in_force
}

# METADATA
# title: The search is for part of a plate
_plate_is_pattern if input.query.plate.match == "partial"

# METADATA
# title: The matches that the vendor would find
# description: >-
#   A whole plate is sent as it was issued. Part of one is sent as it was typed, so that it does not
#   find a plate that reads alike.
# scope: document
_found_as_sent contains place if {
	some place, _ in _matches
	not _plate_is_pattern
}

_found_as_sent contains place if {
	some place, match in _matches
	match.spelling == "same"
}
