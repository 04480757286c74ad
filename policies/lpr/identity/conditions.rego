package lpr.identity

# METADATA
# title: The person may ask
# description: Named, active, in a permitted role, with a credential of his or her own.
satisfied if {
	person_is_named
	credential_fits_person
	person_is_active
	role_is_permitted
}

# METADATA
# title: A person asks, directly or through a service that names the person
# scope: document
person_is_named if input.actor.kind == "person"

person_is_named if {
	input.actor.kind == "service"
	is_string(input.subject.id)
}

# METADATA
# title: The credential may be used for this person
credential_fits_person if input.actor.may_act_for_subject == true

# METADATA
# title: The person is known and active
person_is_active if {
	is_string(input.subject.id)
	input.subject.active == true
}

# METADATA
# title: One of the person's roles is listed for this operation
role_is_permitted if {
	is_array(input.subject.roles)
	some role in input.subject.roles
	role in data.tables.operations[input.operation.name].roles
}
