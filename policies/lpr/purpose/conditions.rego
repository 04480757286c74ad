package lpr.purpose

# METADATA
# title: The purpose is good
# description: Given, permitted, fitting the case, approved and explained where that is asked.
satisfied if {
	purpose_is_permitted
	purpose_fits_case
	purpose_is_approved
	reason_is_given
}

# METADATA
# title: The row of this purpose in the table
listed := data.tables.purposes[input.query.purpose]

# METADATA
# title: A purpose was given
purpose_is_given if is_string(input.query.purpose)

# METADATA
# title: The purpose is listed for the person's component
purpose_is_permitted if input.subject.component in listed.components

# METADATA
# title: The purpose is listed for this kind of case
purpose_fits_case if input.facts.case.kind in listed.case_kinds

# METADATA
# title: The purpose needs no approval, or has one
# scope: document
purpose_is_approved if listed.needs_approval == false

purpose_is_approved if {
	listed.needs_approval == true
	"other_purpose" in data.lpr.approval.in_force
}

# METADATA
# title: The purpose needs no written reason, or has one
# scope: document
reason_is_given if listed.needs_written_reason == false

reason_is_given if {
	listed.needs_written_reason == true
	input.query.reason_present == true
}
