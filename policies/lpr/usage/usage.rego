# METADATA
# title: How much is searched?
# description: >-
#   Ceilings stop trawling, and a stolen key, before an auditor could. Of each person, of each service
#   for all the people it acts for, of each office, and of each vendor: in an hour and in a day.
# organizations: [Privacy Office]
# custom:
#   owner: Privacy Office
package lpr.usage

# METADATA
# title: Every condition of this topic holds
# description: Every count is known, and within its ceiling.
satisfied if {
	_person_is_within_ceilings
	_service_is_within_ceilings
	_office_is_within_ceilings
	_vendor_is_within_ceilings
}

# METADATA
# title: You have reached the number of searches that one person may make.
# description: Counts every search, this one and denied ones included; pages are free.
# custom:
#   code: usage_ceiling
#   basis: Agency rule; no outside source names a number
deny contains {
	"code": "usage_ceiling",
	"message": "You have reached the number of searches that one person may make.",
	"fix": "Wait, or ask the privacy office.",
} if {
	not _person_is_within_ceilings
}

# METADATA
# title: The service that asks for you has reached the number of searches that one service may make.
# description: A service that acts for many people could search for all of them at once.
# custom:
#   code: service_ceiling
#   basis: Agency rule; no outside source names a number
deny contains {
	"code": "service_ceiling",
	"message": "The service that asks for you has reached the number of searches that one service may make.",
	"fix": "Wait, or search with your own credential.",
} if {
	not _service_is_within_ceilings
}

# METADATA
# title: Your office has reached the number of searches that one office may make.
# description: Many people who each stay below their own ceiling can trawl together.
# custom:
#   code: office_ceiling
#   basis: Agency rule; no outside source names a number
deny contains {
	"code": "office_ceiling",
	"message": "Your office has reached the number of searches that one office may make.",
	"fix": "Wait, or ask the privacy office.",
} if {
	not _office_is_within_ceilings
}

# METADATA
# title: The agency has reached the number of searches that it may make of this vendor.
# description: What is bought is queries; how many the agency makes of each vendor is bounded too.
# custom:
#   code: vendor_ceiling
#   basis: Agency rule; no outside source names a number
deny contains {
	"code": "vendor_ceiling",
	"message": "The agency has reached the number of searches that it may make of this vendor.",
	"fix": "Wait, or ask the privacy office.",
} if {
	not _vendor_is_within_ceilings
}

# METADATA
# title: The person's searches are no more than the table allows
_person_is_within_ceilings if {
	_within(input.facts.usage.queries_1h, data.tables.usage.hourly_ceiling.value)
	_within(input.facts.usage.queries_24h, data.tables.usage.daily_ceiling.value)
}

# METADATA
# title: No service asks; or its searches for everybody are no more than the table allows
# scope: document
_service_is_within_ceilings if input.actor.service == null

_service_is_within_ceilings if {
	is_string(input.actor.service)
	_within(input.facts.usage.service.queries_1h, data.tables.usage.service_hourly_ceiling.value)
	_within(input.facts.usage.service.queries_24h, data.tables.usage.service_daily_ceiling.value)
}

# METADATA
# title: The office's searches are no more than the table allows
_office_is_within_ceilings if {
	_within(input.facts.usage.office.queries_1h, data.tables.usage.office_hourly_ceiling.value)
	_within(input.facts.usage.office.queries_24h, data.tables.usage.office_daily_ceiling.value)
}

# METADATA
# title: The agency's searches of this vendor are no more than the table allows
_vendor_is_within_ceilings if {
	_within(input.facts.usage.vendor.queries_1h, data.tables.usage.vendor_hourly_ceiling.value)
	_within(input.facts.usage.vendor.queries_24h, data.tables.usage.vendor_daily_ceiling.value)
}

# METADATA
# title: A known number of searches is no more than a ceiling that is one
_within(searches, most) if {
	is_number(searches)
	is_number(most)
	searches >= 0
	searches <= most
}
