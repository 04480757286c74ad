package lpr.usage

# METADATA
# title: The usage is good
# description: Known, and within the ceiling.
satisfied if usage_is_within_ceiling

# METADATA
# title: The searches of the last 24 hours are no more than the table allows
usage_is_within_ceiling if {
	most := data.tables.usage.daily_ceiling.value
	is_number(most)
	is_number(input.facts.usage.queries_24h)
	input.facts.usage.queries_24h >= 0
	input.facts.usage.queries_24h <= most
}
