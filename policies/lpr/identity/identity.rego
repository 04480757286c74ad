# METADATA
# title: Who is asking, and may that person ask at all?
# description: >-
#   The subject of every decision is a person. A service may pass on a person's request, and never
#   lends its own standing to it.
# organizations: [Privacy Office]
# related_resources:
#   - description: California Civil Code 1798.90.51, job titles that may use a system
#     ref: https://leginfo.legislature.ca.gov/faces/codes_displaySection.xhtml?lawCode=CIV&sectionNum=1798.90.51.
# custom:
#   owner: Privacy Office
package lpr.identity

# METADATA
# title: Every condition of this topic holds
# description: Named, active, in a permitted role, with a credential of his or her own.
satisfied if {
	_person_is_named
	_credential_fits_person
	_person_is_active
	_role_is_permitted
}

# METADATA
# title: This credential belongs to a service, and no person was named.
# description: A search that nobody can be asked about cannot be audited.
# custom:
#   code: service_needs_person
#   basis: Cal. Civ. Code 1798.90.52, the username of every access
deny contains {
	"code": "service_needs_person",
	"message": "This credential belongs to a service, and no person was named.",
	"fix": "Send X-LPR-On-Behalf-Of with the person's user id.",
} if {
	not _person_is_named
}

# METADATA
# title: A person asks, directly or through a service that names the person
# scope: document
_person_is_named if input.actor.kind == "person"

_person_is_named if {
	input.actor.kind == "service"
	is_string(input.subject.id)
	input.subject.id != ""
}

# METADATA
# title: This credential may not act for the person named.
# description: A service acts only for those on its list; a person acts only for himself or herself.
# custom:
#   code: on_behalf_of_not_allowed
#   basis: CJIS Security Policy 5.9.5, AU-3(1)
deny contains {
	"code": "on_behalf_of_not_allowed",
	"message": "This credential may not act for the person named.",
	"fix": "Use the person's own key, or have the service's acts-for list changed.",
} if {
	_person_is_named
	not _credential_fits_person
}

# METADATA
# title: The credential may be used for this person
_credential_fits_person if input.actor.may_act_for_subject == true

# METADATA
# title: Your account is not active.
# description: Whoever has left, is suspended, or is not known to the agency does not search.
# custom:
#   code: person_inactive
#   basis: NJ AG Directive 2022-12, only authorised users
deny contains {
	"code": "person_inactive",
	"message": "Your account is not active.",
	"fix": "Ask your supervisor or the privacy office.",
} if {
	_person_is_named
	not _person_is_active
}

# METADATA
# title: The person is known and active
_person_is_active if {
	is_string(input.subject.id)
	input.subject.id != ""
	input.subject.active == true
}

# METADATA
# title: Your role does not include this kind of search.
# description: Each operation names the roles that may use it; an operation in no table has none.
# custom:
#   code: role_may_not_query
#   basis: Cal. Civ. Code 1798.90.51, job titles allowed
deny contains {
	"code": "role_may_not_query",
	"message": "Your role does not include this kind of search.",
	"fix": "Leave it to somebody whose role does, or have your role on file corrected.",
} if {
	_person_is_named
	not _role_is_permitted
}

# METADATA
# title: One of the person's roles is listed for this operation
_role_is_permitted if {
	is_array(input.subject.roles)
	some role in input.subject.roles
	role in data.tables.operations[input.operation.name].roles
}
