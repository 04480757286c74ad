package lpr.case

# METADATA
# title: The case is good
# description: Given, open, and the person's own; a case that is not known is neither.
satisfied if {
	case_is_given
	case_is_open
	case_is_assigned
}

# METADATA
# title: A case number was given
case_is_given if is_string(input.query.case_number)

# METADATA
# title: The case file has this case
case_is_known if is_object(input.facts.case)

# METADATA
# title: The case is open
case_is_open if input.facts.case.status == "open"

# METADATA
# title: The person is assigned to the case
case_is_assigned if input.facts.case.assigned == true
