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
# title: Every condition of this topic holds
# description: A table with a hole in it denies; a mask that was mistyped must not vanish unseen.
satisfied if {
	is_array(required)
	is_array(_listed.masked_fields)
}

# METADATA
# title: The conditions of every allowed search, then those the table adds
# description: >-
#   Never further back than the case allows, never reads of another plate or from before the subject
#   had this one, no links that lead past the gateway, no more reads than the table says. An
#   emergency costs a review besides.
required := array.concat(
	array.concat(_always, _masks),
	array.concat(data.lpr.emergency.owed, _cited),
)

# METADATA
# title: The record names the approvals that the search rests on, if any
_cited := [{"id": "approvals", "type": "cite_approvals", "approvals": ids} |
	ids := [id | some id in data.lpr.approval.used]
	ids != []
]

# METADATA
# title: The conditions of every allowed search
_always := [
	{"id": "window", "type": "clamp_window", "max_lookback_days": data.lpr.retention.max_lookback_days},
	{"id": "age", "type": "drop_reads_older_than", "basis": "window_or_plate_start"},
	{"id": "target", "type": "drop_other_plates", "matches": _wanted},
	{"id": "links", "type": "strip_links"},
	{"id": "limit", "type": "limit_results", "max": _most_reads},
]

# METADATA
# title: The matches whose plates may be in the answer
# description: None for part of a plate that an approval names, where the approved pattern itself is the rule.
# scope: document
default _wanted := []

_wanted := [place | some place in data.lpr.target.counting] if not _pattern_is_named

# METADATA
# title: The search is for part of a plate, and an approval names that part
_pattern_is_named if data.lpr.target.pattern_is_named

# METADATA
# title: The most reads that one answer may hold
_most_reads := _listed.max_reads.value if {
	is_number(_listed.max_reads.value)
	_listed.max_reads.value >= 1
}

# METADATA
# title: The row of this operation in the table
_listed := data.tables.operations[input.operation.name]

# METADATA
# title: The kinds of fields that the table masks, if any
_masks := [{"id": "masked", "type": "mask_fields", "kinds": kinds} |
	kinds := _listed.masked_fields
	kinds != []
]
