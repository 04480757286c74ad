# METADATA
# title: What does an allow cost?
# description: >-
#   The gateway carries these out: it narrows the question before it is sent and filters the answer
#   before it is passed on. What it cannot carry out, it refuses.
# organizations: [Privacy Office]
# custom:
#   owner: Privacy Office
package lpr.obligations

# METADATA
# title: The conditions of every allowed search, then those the table adds
# description: >-
#   Never further back than the case allows, never reads of another plate or from before the subject
#   had this one, no links that lead past the gateway, no more reads than the table says.
required := array.concat(always, masks)

# METADATA
# title: Every condition can be stated
# description: A table with a hole in it denies; a mask that was mistyped must not vanish unseen.
satisfied if {
	is_array(required)
	is_array(listed.masked_fields)
}

# METADATA
# title: The conditions of every allowed search
always := [
	{"id": "window", "type": "clamp_window", "max_lookback_days": data.lpr.retention.max_lookback_days},
	{"id": "age", "type": "drop_reads_older_than", "basis": "window_or_plate_start"},
	{"id": "target", "type": "drop_other_plates", "matches": wanted},
	{"id": "links", "type": "strip_links"},
	{"id": "limit", "type": "limit_results", "max": most_reads},
]

# METADATA
# title: The row of this operation in the table
listed := data.tables.operations[input.operation.name]

# METADATA
# title: The most reads that one answer may hold
most_reads := listed.max_reads.value if {
	is_number(listed.max_reads.value)
	listed.max_reads.value >= 1
}

# METADATA
# title: The matches whose plates may be in the answer
# description: None for a partial search, where the approved pattern itself is the rule.
# scope: document
default wanted := []

wanted := [place | some place in data.lpr.target.counting] if not target_is_pattern

# METADATA
# title: The search is for part of a plate
target_is_pattern if data.lpr.target.plate_is_pattern

# METADATA
# title: The kinds of fields that the table masks, if any
masks := [{"id": "masked", "type": "mask_fields", "kinds": kinds} |
	kinds := listed.masked_fields
	kinds != []
]
