package lpr.obligations_test

import data.lpr.examples_test as examples
import data.lpr.obligations

_always := [
	{"id": "window", "type": "clamp_window", "max_lookback_days": 30},
	{"id": "age", "type": "drop_reads_older_than", "basis": "window_or_plate_start"},
	{"id": "target", "type": "drop_other_plates", "matches": [0]},
	{"id": "links", "type": "strip_links"},
	{"id": "limit", "type": "limit_results", "max": 50},
]

test_every_search_carries_the_five_conditions if {
	obligations.required == _always with input as examples.request with data.tables as examples.tables
	obligations.satisfied with input as examples.request with data.tables as examples.tables
}

test_fields_that_the_table_masks_are_masked if {
	tables := examples.with_table("operations/plate.search/masked_fields", ["location"])
	masked := {"id": "masked", "type": "mask_fields", "kinds": ["location"]}
	obligations.required == array.concat(_always, [masked]) with input as examples.request
		with data.tables as tables
}

test_a_search_for_a_pattern_names_no_match_where_an_approval_names_the_pattern[note] if {
	some note, test_case in {"named": {"named": true, "matches": []}, "not named": {"named": false, "matches": [0]}}
	given := object.union(examples.approval("partial_plate"), {"plate_named": test_case.named})
	request := examples.with_values({"query/plate/match": "partial", "facts/approvals": [given]})
	required := obligations.required with input as request with data.tables as examples.tables
	required[2] == {"id": "target", "type": "drop_other_plates", "matches": test_case.matches}
}

test_a_table_with_a_hole_is_not_satisfied[note] if {
	some note, tables in {
		"no limit": json.remove(examples.tables, ["operations/plate.search/max_reads"]),
		"a limit in words": examples.with_table("operations/plate.search/max_reads/value", "50"),
		"a limit of nothing": examples.with_table("operations/plate.search/max_reads/value", 0),
		"no word on masks": json.remove(examples.tables, ["operations/plate.search/masked_fields"]),
		"a mask that is no list": examples.with_table("operations/plate.search/masked_fields", "location"),
		"no look-back": json.remove(examples.tables, ["retention"]),
	}
	not obligations.satisfied with input as examples.request with data.tables as tables
}

test_a_limit_of_one_read_is_a_limit if {
	obligations.satisfied with input as examples.request
		with data.tables as examples.with_table("operations/plate.search/max_reads/value", 1)
}
