# METADATA
# title: The live tables are whole
# description: >-
#   The only tests that look at the numbers in force. They ask for form, not for particular numbers,
#   so that the privacy office can change a number without touching a test.
package lpr.tables_test

_numbers := {
	"approvals": {"max_hours", "partial_plate_fixed_characters"},
	"assurance": {"sign_in_minutes"},
	"emergencies": {"most_in_24_hours", "lookback_days", "review_hours"},
	"policy": {"facts_max_age_hours", "max_age_days", "warn_after_days"},
	"retention": {"civil_lookback_days", "criminal_lookback_days_at_most", "window_end_hours_ahead"},
	"training": {"max_age_days"},
	"usage": {
		"hourly_ceiling",
		"daily_ceiling",
		"service_hourly_ceiling",
		"service_daily_ceiling",
		"office_hourly_ceiling",
		"office_daily_ceiling",
		"vendor_hourly_ceiling",
		"vendor_daily_ceiling",
	},
}

_roles := {"officer", "supervisor", "privacy", "auditor", "administrator"}

_is_sourced(entry) if {
	is_string(entry.source)
	entry.source != ""
	entry.confidence in {"cited", "second_hand", "recollection"}
}

test_every_number_is_one_and_says_where_it_comes_from if {
	every table, names in _numbers {
		every name in names {
			entry := data.tables[table][name]
			is_number(entry.value)
			entry.value > 0
			_is_sourced(entry)
		}
	}
}

test_every_value_says_where_it_comes_from if {
	every entry in [
		data.tables.training.version,
		data.tables.training.rules_of_behavior_version,
		data.tables.policy.valid,
	] {
		_is_sourced(entry)
	}
	is_string(data.tables.training.version.value)
	is_string(data.tables.training.rules_of_behavior_version.value)
	is_boolean(data.tables.policy.valid.value)
}

test_every_purpose_is_whole if {
	every name, listed in data.tables.purposes {
		regex.match(`^[a-z][a-z_]{2,63}$`, name)
		count(listed.components) > 0
		count(listed.case_kinds) > 0
		every kind in listed.case_kinds {
			kind in {"civil", "criminal"}
		}
		is_boolean(listed.needs_written_reason)
		is_boolean(listed.needs_approval)
		_is_sourced(listed)
	}
}

test_every_operation_is_whole if {
	every listed in data.tables.operations {
		every role in listed.roles {
			role in _roles
		}
		every match in listed.matches {
			match in {"exact", "partial", "fuzzy"}
		}
		is_array(listed.masked_fields)
		every kind in listed.masked_fields {
			kind in {"location", "confidence", "id"}
		}
		is_number(listed.max_reads.value)
		_is_sourced(listed.max_reads)
	}
}

test_every_operation_has_a_level_of_assurance if {
	every name, _ in data.tables.operations {
		is_number(data.tables.assurance.operations[name])
	}
	every level in [value | some table in ["methods", "classes", "means"]; some value in data.tables.assurance[table]] {
		is_number(level)
	}
}

test_emergencies_name_roles_operations_and_reviewers if {
	every role in array.concat(data.tables.emergencies.roles, data.tables.emergencies.reviewers) {
		role in _roles
	}
	every name in data.tables.emergencies.operations {
		data.tables.operations[name]
	}
	count(data.tables.emergencies.reviewers) > 0
	is_boolean(data.tables.approvals.other_office.value)
}
