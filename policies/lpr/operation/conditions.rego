package lpr.operation

# METADATA
# title: The kind of search is good
# description: One plate, whole or approved; no place, or approved.
satisfied if {
	plate_is_given
	plate_is_permitted
	place_is_permitted
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
# title: The plate is whole; or partial with approval and enough fixed characters
# scope: document
plate_is_permitted if {
	input.query.plate.match == "exact"
	operation_takes_match
}

plate_is_permitted if {
	input.query.plate.match in {"partial", "fuzzy"}
	operation_takes_match
	fewest := data.tables.approvals.partial_plate_fixed_characters.value
	is_number(fewest)
	is_number(input.query.plate.fixed_characters)
	input.query.plate.fixed_characters >= fewest
	"partial_plate" in data.lpr.approval.in_force
}

# METADATA
# title: The operation takes plates given in this way
operation_takes_match if input.query.plate.match in data.tables.operations[input.operation.name].matches

# METADATA
# title: No place is given, or a supervisor approved it
# scope: document
place_is_permitted if input.query.geo == null

place_is_permitted if {
	is_object(input.query.geo)
	"geo_search" in data.lpr.approval.in_force
}
