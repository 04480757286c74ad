package lpr.retention_test

import data.lpr.examples_test as examples
import data.lpr.retention

_denied(request, code) if {
	reasons := retention.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {code}
	not retention.satisfied with input as request with data.tables as examples.tables
}

_allowed(request) if {
	retention.satisfied with input as request with data.tables as examples.tables
	retention.deny == set() with input as request with data.tables as examples.tables
}

test_a_bounded_past_window_satisfies if _allowed(examples.request)

test_a_window_is_missing[note] if {
	some note, request in {
		"null": examples.with_value("query/window", null),
		"absent": examples.without("query/window"),
		"a word": examples.with_value("query/window", "last week"),
	}
	_denied(request, "window_missing")
}

test_a_window_is_open_ended[note] if {
	some note, path in {"no start": "query/window/start", "no end": "query/window/end"}
	_denied(examples.with_value(path, null), "window_open_ended")
}

test_a_window_is_inverted[note] if {
	some note, span in {"by a little": -0.1, "by an unknown time": null, "by words": "10"}
	_denied(examples.with_value("query/window/span_days", span), "window_inverted")
}

test_a_window_of_no_length_runs_forward if _allowed(examples.with_value("query/window/span_days", 0))

test_a_window_may_end_a_little_ahead if _allowed(examples.with_value("query/window/ahead_hours", 2))

test_a_window_lies_in_the_future[note] if {
	some note, request in {
		"its end too far ahead": examples.with_value("query/window/ahead_hours", 2.1),
		"its end unknown": examples.with_value("query/window/ahead_hours", null),
		"its start ahead": examples.with_value("query/window/lookback_days", -0.1),
	}
	_denied(request, "window_in_future")
}

test_a_window_may_start_at_the_limit_of_the_crime if {
	_allowed(examples.with_value("query/window/lookback_days", 30))
}

test_a_window_may_start_at_the_limit_of_civil_cases if {
	_allowed(examples.with_values({"facts/case/kind": "civil", "query/window/lookback_days": 20}))
}

test_a_lookback_is_too_long[note] if {
	some note, changes in {
		"beyond the crime's limitation": {"query/window/lookback_days": 30.1},
		"beyond the table's lid": {"query/window/lookback_days": 40.1, "facts/case/lookback_days": 100},
		"beyond the civil limit": {"query/window/lookback_days": 20.1, "facts/case/kind": "civil"},
		"in a criminal case without limitation": {"facts/case/lookback_days": null},
		"in a case whose limitation is ahead": {"facts/case/lookback_days": -3, "query/window/lookback_days": 0},
		"in a case of unknown kind": {"facts/case/kind": null},
	}
	_denied(examples.with_values(changes), "lookback_too_long")
}

test_an_unknown_lookback_is_neither_past_nor_within if {
	request := examples.with_value("query/window/lookback_days", null)
	reasons := retention.deny with input as request with data.tables as examples.tables
	examples.codes(reasons) == {"window_in_future", "lookback_too_long"}
}

test_without_a_case_no_lookback_is_within_but_none_is_told if {
	request := examples.with_value("facts/case", null)
	retention.deny == set() with input as request with data.tables as examples.tables
	not retention.satisfied with input as request with data.tables as examples.tables
}

test_the_limit_of_a_case[note] if {
	some note, test_case in {
		"civil": {"changes": {"facts/case/kind": "civil"}, "days": 20},
		"criminal": {"changes": {}, "days": 30},
		"criminal, long ago": {"changes": {"facts/case/lookback_days": 100}, "days": 40},
	}
	days := retention.max_lookback_days with input as examples.with_values(test_case.changes)
		with data.tables as examples.tables
	days == test_case.days
}

test_limits_that_are_no_numbers_deny[note] if {
	some note, test_case in {
		"civil": {"table": "civil_lookback_days", "kind": "civil", "code": "lookback_too_long"},
		"criminal": {"table": "criminal_lookback_days_at_most", "kind": "criminal", "code": "lookback_too_long"},
		"ahead": {"table": "window_end_hours_ahead", "kind": "civil", "code": "window_in_future"},
	}
	reasons := retention.deny with input as examples.with_value("facts/case/kind", test_case.kind)
		with data.tables as examples.with_table(sprintf("retention/%s/value", [test_case.table]), "9999")
	examples.codes(reasons) == {test_case.code}
}

test_a_case_that_may_be_searched_no_day_back_is_not_searched if {
	_denied(
		examples.with_values({"facts/case/lookback_days": 0, "query/window/lookback_days": 0}),
		"lookback_too_long",
	)
}

test_a_window_that_starts_now_is_past if _allowed(examples.with_value("query/window/lookback_days", 0))
