package lpr.usage_test

import data.lpr.examples_test as examples
import data.lpr.usage

# The counts of each kind, where a request has them, and the code of its ceiling.
_paths := {
	"usage_ceiling": "facts/usage",
	"service_ceiling": "facts/usage/service",
	"office_ceiling": "facts/usage/office",
	"vendor_ceiling": "facts/usage/vendor",
}

# The allowed request, asked by a service for its person, so that all four kinds are judged.
_served(changes) := examples.with_values(object.union(
	{
		"actor/kind": "service",
		"actor/service": "svc",
		"facts/usage/service": {"queries_1h": 1, "queries_24h": 3},
	},
	changes,
))

_codes(request) := codes if {
	reasons := usage.deny with input as request with data.tables as examples.tables
	codes := examples.codes(reasons)
}

_is_satisfied(request) if {
	usage.satisfied with input as request with data.tables as examples.tables
}

test_searches_up_to_every_ceiling_satisfy[note] if {
	some code, path in _paths
	some spell, queries in {"queries_1h": [0, 1, 2], "queries_24h": [0, 3, 4]}
	some number in queries
	note := sprintf("%s %s %d", [code, spell, number])
	request := _served({sprintf("%s/%s", [path, spell]): number})
	_is_satisfied(request)
	_codes(request) == set()
}

test_searches_over_one_ceiling_are_denied_for_it_alone[note] if {
	some code, path in _paths
	some spell, value in {"queries_1h": 3, "queries_24h": 5}
	note := sprintf("%s %s", [code, spell])
	request := _served({sprintf("%s/%s", [path, spell]): value})
	_codes(request) == {code}
	not _is_satisfied(request)
}

test_searches_that_nobody_counted_are_denied[note] if {
	some code, path in _paths
	some note, value in {"unknown": null, "below nothing": -1, "in words": "3"}
	request := _served({sprintf("%s/queries_24h", [path]): value})
	_codes(request) == {code}
	not _is_satisfied(request)
}

test_without_counts_every_ceiling_is_reached if {
	request := json.patch(_served({}), [{"op": "replace", "path": "facts/usage", "value": null}])
	_codes(request) == object.keys(_paths)
	not _is_satisfied(request)
}

test_a_person_who_asks_alone_has_no_service_to_count_for if {
	_is_satisfied(examples.request)
	_codes(_served({"facts/usage/service": {"queries_1h": null, "queries_24h": null}})) == {"service_ceiling"}
}

test_a_ceiling_that_is_no_number_is_always_reached[name] if {
	some name, code in {
		"hourly_ceiling": "usage_ceiling",
		"daily_ceiling": "usage_ceiling",
		"service_hourly_ceiling": "service_ceiling",
		"service_daily_ceiling": "service_ceiling",
		"office_hourly_ceiling": "office_ceiling",
		"office_daily_ceiling": "office_ceiling",
		"vendor_hourly_ceiling": "vendor_ceiling",
		"vendor_daily_ceiling": "vendor_ceiling",
	}
	reasons := usage.deny with input as _served({})
		with data.tables as examples.with_table(sprintf("usage/%s/value", [name]), "200")
	examples.codes(reasons) == {code}
}
