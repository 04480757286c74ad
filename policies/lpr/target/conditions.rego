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

# METADATA
# title: The known plates that the plate asked for may mean
matches := input.facts.target.matches if is_array(input.facts.target.matches)

# METADATA
# title: Those of the cited case, the state not differing
in_case contains place if {
	some place, match in matches
	match.in_cited_case == true
	match.assigned == true
	match.state in {"same", "unknown"}
}

# METADATA
# title: Those that belong to an active subject of that case
subjects contains place if {
	some place in in_case
	matches[place].relation == "subject"
	matches[place].active == true
}

# METADATA
# title: A subject of the case holds this plate today
plate_counts if count(counting) > 0

# METADATA
# title: The plate is, was or will be a subject's
plate_is_a_subjects if count(subjects) > 0

# METADATA
# title: The plate is in the case file, whoever's it is
plate_is_in_case if count(in_case) > 0

# METADATA
# title: The plate is in the file of another case
plate_is_elsewhere if {
	some match in matches
	match.in_cited_case == false
	match.state in {"same", "unknown"}
}

# METADATA
# title: The case file itself says why the plate does not count
case_file_explains if {
	subject_is_required
	plate_is_in_case
	not plate_counts
}

# METADATA
# title: The search is for part of a plate
plate_is_pattern if input.query.plate.match == "partial"

# METADATA
# title: The case is the person's own, and the kind of search permitted
plate_is_judged if {
	data.lpr.case.case_is_assigned
	data.lpr.operation.plate_is_given
	data.lpr.operation.plate_is_permitted
}

# METADATA
# title: The search is for a plate that must be a known subject's
subject_is_required if {
	plate_is_judged
	not plate_is_pattern
}

# METADATA
# title: The plate is not protected, or a supervisor approved it
# scope: document
protection_is_respected if input.facts.target.protected == false

protection_is_respected if {
	input.facts.target.protected == true
	"protected_plate" in data.lpr.approval.in_force
}
