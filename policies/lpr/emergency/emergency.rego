# METADATA
# title: Is it an emergency, and may it be one?
# description: >-
#   Where life is in danger a search is allowed at once, also for a plate that no case knows. What is
#   waived then is the case file, not the record: a written statement, a number of the case or call,
#   and a review by another person afterwards. The table says for whom, for what, how often.
# organizations: [Privacy Office]
# related_resources:
#   - description: Brigham City v. Stuart, 547 U.S. 398 (2006), entry to render emergency aid
#     ref: https://www.supremecourt.gov/opinions/05pdf/05-502.pdf
# custom:
#   owner: Privacy Office
package lpr.emergency

# METADATA
# title: The search is said to be an emergency
claimed if input.query.purpose == "exigent_circumstances"

# METADATA
# title: No emergency is claimed, so the case file says who may be searched, and how far back
case_file_decides if not claimed

# METADATA
# title: Every condition of this topic holds
# description: No emergency is claimed; or one that the table allows, within its numbers, with no review overdue.
# scope: document
satisfied if not claimed

satisfied if {
	claimed
	_circumstance_is_listed
	_search_is_open
	_plate_may_be_searched
	_ceiling_is_kept
	_reviews_are_done
}

# METADATA
# title: The statement does not say which kind of emergency it is.
# description: The list is short and closed; haste is not on it, and reviewers judge by what was claimed.
# custom:
#   code: emergency_circumstance
#   basis: Agency rule, after the exigent-circumstances exception
deny contains {
	"code": "emergency_circumstance",
	"message": "The statement does not say which kind of emergency it is.",
	"fix": "Begin the statement with one of the circumstances of the emergency procedure, as in kidnapping: and what happens.",
} if {
	claimed
	not _circumstance_is_listed
}

# METADATA
# title: The circumstance that is claimed is one of the table's
_circumstance_is_listed if input.query.circumstance in data.tables.emergencies.circumstances

# METADATA
# title: An emergency search is not open to you, or not in this way.
# description: The table names roles and operations; only a whole plate is searched, never part of one or a place.
# custom:
#   code: emergency_not_allowed
#   basis: Agency rule; no outside source
deny contains {
	"code": "emergency_not_allowed",
	"message": "An emergency search is not open to you, or not in this way.",
	"fix": "Give one whole plate, in an operation that the emergency procedure lists, or ask a supervisor.",
} if {
	claimed
	not _search_is_open
}

# METADATA
# title: The table opens this operation to one of the person's roles, for a whole plate
_search_is_open if {
	input.query.plate.match == "exact"
	input.query.geo == null
	input.operation.name in data.tables.emergencies.operations
	is_array(input.subject.roles)
	some role in input.subject.roles
	role in data.tables.emergencies.roles
}

# METADATA
# title: This emergency search needs a second person.
# description: >-
#   Some plates are not searched on one person's word, whatever the hurry. Saying so tells that the
#   plate is one of them; that cannot be avoided where every other plate is allowed.
# custom:
#   code: emergency_needs_second_person
#   basis: CDT on PIA-039, sensitive locations; agency rule
deny contains {
	"code": "emergency_needs_second_person",
	"message": "This emergency search needs a second person.",
	"fix": "Ask a supervisor to approve it for this case or call: POST /gateway/approvals.",
} if {
	claimed
	not _plate_may_be_searched
}

# METADATA
# title: The plate is not protected, or a second person approved it
# scope: document
_plate_may_be_searched if input.facts.target.protected == false

_plate_may_be_searched if {
	input.facts.target.protected == true
	"protected_plate" in data.lpr.approval.in_force
}

# METADATA
# title: In an emergency, the plate may be searched though no case file knows it
plate_needs_no_case if {
	claimed
	_plate_may_be_searched
}

# METADATA
# title: You have reached the daily number of emergency searches.
# description: An emergency is rare; many on one day are something else.
# custom:
#   code: emergency_ceiling
#   basis: Agency rule; no outside source names a number
deny contains {
	"code": "emergency_ceiling",
	"message": "You have reached the daily number of emergency searches.",
	"fix": "Wait, or ask the privacy office.",
} if {
	claimed
	not _ceiling_is_kept
}

# METADATA
# title: The emergencies of the last 24 hours are fewer than the table allows; further pages of one are free
# scope: document
_ceiling_is_kept if {
	most := data.tables.emergencies.most_in_24_hours.value
	is_number(most)
	is_number(input.facts.reviews.emergencies_24h)
	input.facts.reviews.emergencies_24h < most
}

_ceiling_is_kept if {
	input.operation.name == "plate.page"
	is_number(data.tables.emergencies.most_in_24_hours.value)
	is_number(input.facts.reviews.emergencies_24h)
	input.facts.reviews.emergencies_24h <= data.tables.emergencies.most_in_24_hours.value
}

# METADATA
# title: The review of an earlier emergency search of yours is overdue.
# description: Whoever is not reviewed has no further emergencies.
# custom:
#   code: review_overdue
#   basis: Agency rule; no outside source
deny contains {
	"code": "review_overdue",
	"message": "The review of an earlier emergency search of yours is overdue.",
	"fix": "Ask a supervisor or the privacy office to review it: POST /gateway/emergencies/{id}/review.",
} if {
	claimed
	not _reviews_are_done
}

# METADATA
# title: No review of an emergency of this person's is overdue
_reviews_are_done if input.facts.reviews.overdue == 0

# METADATA
# title: What an emergency costs besides
# description: A review within the table's hours, a notice, and for a plate that nobody knows that it goes out as typed.
# scope: document
owed := [] if not claimed

owed := array.concat(
	[
		{"id": "review", "type": "require_review", "hours": data.tables.emergencies.review_hours.value},
		{"id": "notice", "type": "notify", "channel": "emergencies"},
	],
	[{"id": "typed", "type": "search_typed_plate"} | count(data.lpr.target.counting) == 0],
) if {
	claimed
}
