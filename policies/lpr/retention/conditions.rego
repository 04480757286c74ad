package lpr.retention

# METADATA
# title: The time window is good
# description: Given, closed on both sides, forward, past, and within the look-back.
satisfied if {
	window_has_both_ends
	window_runs_forward
	window_lies_in_past
	lookback_is_within_limit
}

# METADATA
# title: The days that this case may be searched back
# description: >-
#   Civil: the number in the table. Criminal: the limitation of the crime from the case file, but
#   never more than the number in the table. Any other kind has none.
# scope: document
max_lookback_days := most if {
	input.facts.case.kind == "civil"
	most := data.tables.retention.civil_lookback_days.value
	is_number(most)
}

max_lookback_days := min([input.facts.case.lookback_days, most]) if {
	input.facts.case.kind == "criminal"
	most := data.tables.retention.criminal_lookback_days_at_most.value
	is_number(most)
	is_number(input.facts.case.lookback_days)
}

# METADATA
# title: A time window was given
window_is_given if is_object(input.query.window)

# METADATA
# title: The window has a start and an end
window_has_both_ends if {
	is_string(input.query.window.start)
	is_string(input.query.window.end)
}

# METADATA
# title: The window does not end before it starts
window_runs_forward if {
	is_number(input.query.window.span_days)
	input.query.window.span_days >= 0
}

# METADATA
# title: The window starts in the past and ends at most a little ahead
window_lies_in_past if {
	is_number(input.query.window.lookback_days)
	input.query.window.lookback_days >= 0
	most := data.tables.retention.window_end_hours_ahead.value
	is_number(most)
	is_number(input.query.window.ahead_hours)
	input.query.window.ahead_hours <= most
}

# METADATA
# title: The window starts within the days that the case may be searched back
lookback_is_within_limit if {
	is_number(input.query.window.lookback_days)
	max_lookback_days > 0
	input.query.window.lookback_days <= max_lookback_days
}
