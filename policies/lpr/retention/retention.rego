# METADATA
# title: How far back?
# description: >-
#   A search names both ends of its time window, and goes back no further than the kind of case
#   allows: five years in civil matters, the limitation of the crime in criminal ones.
# organizations: [Privacy Office]
# related_resources:
#   - description: Report on PIA-039, statute of limitations and five years
#     ref: https://sputnikglobe.com/20150403/1020408841.html
# custom:
#   owner: Privacy Office
package lpr.retention

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
	not window_is_given
}

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
	not window_has_both_ends
	window_is_given
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
	not window_runs_forward
	window_has_both_ends
}

# METADATA
# title: The time window lies in the future.
# description: A search looks back; watching what is to come is a hot list, under rules of its own.
# custom:
#   code: window_in_future
#   basis: CDT on PIA-039, monitoring of ongoing movements
deny contains {
	"code": "window_in_future",
	"message": "The time window lies in the future.",
	"fix": "Search for times that have passed.",
} if {
	not window_lies_in_past
	window_has_both_ends
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
	not lookback_is_within_limit
	window_has_both_ends
	is_object(input.facts.case)
}
