# METADATA
# title: How far back?
# description: >-
#   A search names both ends of its time window, and goes back no further than the kind of case
#   allows: five years in civil matters, the limitation of the crime in criminal ones.
# organizations: [Privacy Office]
# related_resources:
#   - description: DHS/ICE/PIA-039, statute of limitations and five years
#     ref: https://www.dhs.gov/publication/dhs-ice-pia-039-acquisition-and-use-license-plate-reader-data-commercial-service
# custom:
#   owner: Privacy Office
package lpr.retention

# METADATA
# title: Every condition of this topic holds
# description: Given, closed on both sides, forward, past, and within the look-back.
satisfied if {
	_window_has_both_ends
	_window_runs_forward
	_window_lies_in_past
	_lookback_is_within_limit
}

# METADATA
# title: No time window was given.
# description: Without one the vendor would answer with everything it has.
# custom:
#   code: window_missing
#   basis: DHS/ICE/PIA-039, look-back
deny contains {
	"code": "window_missing",
	"message": "No time window was given.",
	"fix": "Give both a start and an end.",
} if {
	not _window_is_given
}

# METADATA
# title: A time window was given
_window_is_given if is_object(input.query.window)

# METADATA
# title: The time window is open on one side.
# description: An open side has no limit to check.
# custom:
#   code: window_open_ended
#   basis: DHS/ICE/PIA-039, look-back
deny contains {
	"code": "window_open_ended",
	"message": "The time window is open on one side.",
	"fix": "Give both a start and an end.",
} if {
	_window_is_given
	not _window_has_both_ends
}

# METADATA
# title: The window has a start and an end
_window_has_both_ends if {
	is_string(input.query.window.start)
	is_string(input.query.window.end)
}

# METADATA
# title: The time window ends before it starts.
# description: Vendors differ in what they make of such a window.
# custom:
#   code: window_inverted
#   basis: Gateway design; no outside source
deny contains {
	"code": "window_inverted",
	"message": "The time window ends before it starts.",
	"fix": "Swap the start and the end.",
} if {
	_window_has_both_ends
	not _window_runs_forward
}

# METADATA
# title: The window does not end before it starts
_window_runs_forward if {
	is_number(input.query.window.span_days)
	input.query.window.span_days >= 0
}

# METADATA
# title: The time window lies in the future.
# description: A search looks back; watching what is to come is a hot list, under rules of its own.
# custom:
#   code: window_in_future
#   basis: DHS/ICE/PIA-039, historical query apart from alert list
deny contains {
	"code": "window_in_future",
	"message": "The time window lies in the future.",
	"fix": "Search for times that have passed.",
} if {
	_window_has_both_ends
	not _window_lies_in_past
}

# METADATA
# title: The window starts in the past and ends at most a little ahead
_window_lies_in_past if {
	is_number(input.query.window.lookback_days)
	input.query.window.lookback_days >= 0
	most := data.tables.retention.window_end_hours_ahead.value
	is_number(most)
	is_number(input.query.window.ahead_hours)
	input.query.window.ahead_hours <= most
}

# METADATA
# title: The search goes further back than this case allows.
# description: A criminal case whose limitation is not on file allows no look-back at all.
# custom:
#   code: lookback_too_long
#   basis: DHS/ICE/PIA-039, five years or the statute of limitations
deny contains {
	"code": "lookback_too_long",
	"message": "The search goes further back than this case allows.",
	"fix": "Choose a later start for the time window.",
} if {
	_window_has_both_ends
	_limit_is_known
	not _lookback_is_within_limit
}

# METADATA
# title: There is a case to say how far back, or an emergency
# scope: document
_limit_is_known if is_object(input.facts.case)

_limit_is_known if data.lpr.emergency.claimed

# METADATA
# title: The window starts within the days that the case may be searched back
_lookback_is_within_limit if {
	is_number(input.query.window.lookback_days)
	max_lookback_days > 0
	input.query.window.lookback_days <= max_lookback_days
}

# METADATA
# title: The days that this case may be searched back
# description: >-
#   Civil: the number in the table. Criminal: the limitation of the crime from the case file, but
#   never more than the number in the table. Any other kind has none. An emergency: its own table.
# scope: document
max_lookback_days := most if {
	data.lpr.emergency.case_file_decides
	input.facts.case.kind == "civil"
	most := data.tables.retention.civil_lookback_days.value
	is_number(most)
}

max_lookback_days := min([input.facts.case.lookback_days, most]) if {
	data.lpr.emergency.case_file_decides
	input.facts.case.kind == "criminal"
	most := data.tables.retention.criminal_lookback_days_at_most.value
	is_number(most)
	is_number(input.facts.case.lookback_days)
}

max_lookback_days := most if {
	data.lpr.emergency.claimed
	most := data.tables.emergencies.lookback_days.value
	is_number(most)
}
