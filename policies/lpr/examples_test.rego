# METADATA
# title: What the tests of every topic share
# description: >-
#   A request that is allowed, and tables of the tests' own, so that changing a number in the live
#   tables breaks no test of the logic. What an agency adds to its tables stands here as it does there.
package lpr.examples_test

request := {
	"schema": "lpr.input.v1",
	"request": {"id": "r-1", "time": "2026-11-22T14:00:00.000Z", "source_ip": "192.0.2.7"},
	"subject": {"id": "u1", "component": "north", "office": "N1", "roles": ["officer"], "active": true},
	"actor": {"method": "key", "kind": "person", "service": null, "may_act_for_subject": true, "assurance": null},
	"policy": {"age_days": 5},
	"operation": {"vendor": "v", "name": "plate.search"},
	"query": {
		"plate": {"match": "exact", "fixed_characters": 6, "state": "AR"},
		"purpose": "crime",
		"purpose_source": "header",
		"case_number": "c-1",
		"reason_present": false,
		"circumstance": null,
		"context_age_minutes": null,
		"window": {
			"start": "2026-11-12T14:00:00.000Z",
			"end": "2026-11-22T14:00:00.000Z",
			"lookback_days": 10,
			"span_days": 10,
			"ahead_hours": 0,
		},
		"geo": null,
		"limit": 10,
		"entries": null,
	},
	"facts": {
		"revision": "f-1",
		"age_hours": 1,
		"training": {"lpr": {"age_days": 5, "version": "v1"}},
		"acknowledgement": {"version": "1", "age_days": 5},
		"case": {"status": "open", "kind": "criminal", "lookback_days": 30, "assigned": true, "same_office": true},
		"target": {"matches": [match], "protected": false},
		"approvals": [],
		"usage": {
			"queries_1h": 1,
			"queries_24h": 3,
			"service": {"queries_1h": null, "queries_24h": null},
			"office": {"queries_1h": 1, "queries_24h": 3},
			"vendor": {"queries_1h": 1, "queries_24h": 3},
		},
		"reviews": null,
	},
}

match := {
	"subject_id": "s1",
	"relation": "subject",
	"active": true,
	"in_cited_case": true,
	"assigned": true,
	"plate_valid": true,
	"valid_from_days": 100,
	"spelling": "same",
	"state": "same",
}

tables := object.union(_added, _stated)

# Entries of the agency's own, which no test here knows. Its own test states a number with `with_table`.
_added := {topic: entries |
	some topic, table in data.tables
	not topic in {"operations", "purposes"}
	entries := {name: entry | some name, entry in table; not _stated[topic][name]}
}

_stated := {
	"purposes": {
		"crime": _listed(["north", "south"], ["criminal"], false),
		"matter": _listed(["north"], ["civil"], false),
		"any": _listed(["north"], ["civil", "criminal"], true),
		"exigent_circumstances": object.union(_listed(["north"], ["criminal"], true), {"needs_approval": false}),
	},
	"training": {
		"max_age_days": {"value": 10},
		"version": {"value": "any"},
		"rules_of_behavior_version": {"value": "1"},
	},
	"retention": {
		"civil_lookback_days": {"value": 20},
		"criminal_lookback_days_at_most": {"value": 40},
		"window_end_hours_ahead": {"value": 2},
	},
	"operations": {
		"plate.search": _operation(["exact", "partial"]),
		"plate.fuzzy": _operation(["fuzzy"]),
	},
	"usage": {
		"hourly_ceiling": {"value": 2},
		"daily_ceiling": {"value": 4},
		"service_hourly_ceiling": {"value": 2},
		"service_daily_ceiling": {"value": 4},
		"office_hourly_ceiling": {"value": 2},
		"office_daily_ceiling": {"value": 4},
		"vendor_hourly_ceiling": {"value": 2},
		"vendor_daily_ceiling": {"value": 4},
	},
	"approvals": {"max_hours": {"value": 8}, "partial_plate_fixed_characters": {"value": 4}},
	"assurance": {
		"operations": {"plate.search": 1, "plate.fuzzy": 1, "plate.page": 1},
		"methods": {"key": 1, "token": 1, "certificate": 3, "oidc": 1},
		"classes": {"strong": 2},
		"means": {"pwd": 0, "otp": 1},
		"sign_in_minutes": {"value": 60},
	},
	"emergencies": {
		"circumstances": ["fire", "flood"],
		"roles": ["officer"],
		"operations": ["plate.search", "plate.page"],
		"most_in_24_hours": {"value": 2},
		"lookback_days": {"value": 2},
		"review_hours": {"value": 24},
	},
	"policy": {"valid": {"value": true}, "max_age_days": {"value": 10}, "facts_max_age_hours": {"value": 2}},
}

_listed(components, kinds, guarded) := {
	"components": components,
	"case_kinds": kinds,
	"needs_written_reason": guarded,
	"needs_approval": guarded,
}

_operation(matches) := {
	"roles": ["officer"],
	"matches": matches,
	"masked_fields": [],
	"max_reads": {"value": 50},
}

# The allowed request with one thing changed, or several, or one removed; a path is written a/b/c.
with_value(path, value) := json.patch(request, [{"op": "replace", "path": path, "value": value}])

with_values(values) := json.patch(request, [{"op": "replace", "path": path, "value": value} |
	some path, value in values
])

without(path) := json.patch(request, [{"op": "remove", "path": path}])

# The tables with one thing changed.
with_table(path, value) := json.patch(tables, [{"op": "replace", "path": path, "value": value}])

# An approval that counts, of some scope, and requests that hold it.
approval(scope) := {
	"id": "a1",
	"scope": scope,
	"same_person": false,
	"approver_active": true,
	"approver_is_supervisor": true,
	"case_matches": true,
	"plate_matches": true,
	"plate_named": true,
	"expires_in_hours": 2.5,
	"runs_hours": 2.5,
}

codes(reasons) := {reason.code | some reason in reasons}
