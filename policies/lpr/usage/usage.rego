# METADATA
# title: How much does one person search?
# description: A ceiling a day stops trawling, and a stolen key, before an auditor could.
# organizations: [Privacy Office]
# custom:
#   owner: Privacy Office
package lpr.usage

# METADATA
# title: Every condition of this topic holds
# description: Known, and within the ceiling.
satisfied if _usage_is_within_ceiling

# METADATA
# title: You have reached the daily number of searches.
# description: Counts every search of the last 24 hours, this one and denied ones included; pages are free.
# custom:
#   code: usage_ceiling
#   basis: Agency rule; no outside source names a number
deny contains {
	"code": "usage_ceiling",
	"message": "You have reached the daily number of searches.",
	"fix": "Wait, or ask your supervisor.",
} if {
	not _usage_is_within_ceiling
}

# METADATA
# title: The searches of the last 24 hours are no more than the table allows
_usage_is_within_ceiling if {
	most := data.tables.usage.daily_ceiling.value
	is_number(most)
	is_number(input.facts.usage.queries_24h)
	input.facts.usage.queries_24h >= 0
	input.facts.usage.queries_24h <= most
}
