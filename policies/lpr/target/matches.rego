package lpr.target

# METADATA
# title: The plate may be searched
# description: A known subject's plate, or an approved pattern; protected plates only with approval.
satisfied if {
	plate_counts
	protection_is_respected
}

satisfied if {
	plate_is_pattern
	data.lpr.operation.plate_is_permitted
	protection_is_respected
}

# METADATA
# title: The matches that make the plate a known subject's, by their place in the list
# description: The answer is limited to these plates.
counting contains place if {
	some place in subjects
	matches[place].plate_valid == true
}

matches := input.facts.target.matches if is_array(input.facts.target.matches)

in_case contains place if {
	some place, match in matches
	match.in_cited_case == true
	match.assigned == true
	match.state in {"same", "unknown"}
}

subjects contains place if {
	some place in in_case
	matches[place].relation == "subject"
	matches[place].active == true
}

plate_counts if count(counting) > 0

plate_is_a_subjects if count(subjects) > 0

plate_is_in_case if count(in_case) > 0

plate_is_elsewhere if {
	some match in matches
	match.in_cited_case == false
	match.state in {"same", "unknown"}
}

case_file_explains if {
	subject_is_required
	plate_is_in_case
	not plate_counts
}

plate_is_pattern if input.query.plate.match == "partial"

plate_is_judged if {
	data.lpr.case.case_is_known
	data.lpr.case.case_is_assigned
	data.lpr.operation.plate_is_given
	data.lpr.operation.plate_is_permitted
}

subject_is_required if {
	plate_is_judged
	not plate_is_pattern
}

protection_is_respected if input.facts.target.protected == false

protection_is_respected if {
	input.facts.target.protected == true
	"protected_plate" in data.lpr.approval.in_force
}
