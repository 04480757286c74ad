# METADATA
# title: How much does one person search?
# description: A ceiling a day stops trawling, and a stolen key, before an auditor could.
# organizations: [Privacy Office]
# custom:
#   owner: Privacy Office
package lpr.usage

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
	not usage_is_within_ceiling
}
