# METADATA
# title: Was the person authenticated strongly enough?
# description: >-
#   A gateway key and a card are worth what the table says. Of a sign-on it counts what the identity
#   provider says of it: its class (acr), else its means (amr), and how long ago it was.
# organizations: [Privacy Office]
# related_resources:
#   - description: NIST SP 800-63B, authenticator assurance levels
#     ref: https://pages.nist.gov/800-63-3/sp800-63b.html
# custom:
#   owner: Privacy Office
package lpr.assurance

# METADATA
# title: Every condition of this topic holds
# description: Strong enough for the operation, and recent enough.
satisfied if {
	_level_is_enough
	_sign_in_is_recent
}

# METADATA
# title: You signed in with too little assurance for this search.
# description: A password alone can be guessed or lent; each operation names the level that it needs.
# custom:
#   code: assurance_too_low
#   basis: CJIS Security Policy 5.9.5, IA-2, multi-factor authentication
deny contains {
	"code": "assurance_too_low",
	"message": "You signed in with too little assurance for this search.",
	"fix": "Sign in again with a second factor or your card; where you did, call the privacy office.",
} if {
	_sign_in_is_judged
	not satisfied
}

# METADATA
# title: There is a credential and a search that exists; else other topics say what is missing
_sign_in_is_judged if {
	is_string(input.actor.method)
	is_object(data.tables.operations[input.operation.name])
}

# METADATA
# title: The level reached is the one this operation needs
_level_is_enough if {
	least := data.tables.assurance.operations[input.operation.name]
	is_number(least)
	some reached in _reached
	is_number(reached)
	reached >= least
}

# METADATA
# title: What the credential is worth
# description: Of a sign-on whose class the table does not list its means count; one that says neither is "unstated".
# scope: document
_reached contains data.tables.assurance.methods[input.actor.method] if input.actor.method != "oidc"

_reached contains data.tables.assurance.classes[input.actor.assurance.acr] if input.actor.method == "oidc"

_reached contains data.tables.assurance.means[means] if {
	input.actor.method == "oidc"
	not _class_is_listed
	some means in input.actor.assurance.amr
}

_reached contains data.tables.assurance.methods.oidc if {
	input.actor.method == "oidc"
	input.actor.assurance.acr == null
	input.actor.assurance.amr == null
}

# METADATA
# title: The table lists the class of the sign-on
_class_is_listed if is_number(data.tables.assurance.classes[input.actor.assurance.acr])

# METADATA
# title: The sign-in is recent enough, where its time is known
# scope: document
_sign_in_is_recent if input.actor.method != "oidc"

_sign_in_is_recent if input.actor.assurance.auth_age_minutes == null

_sign_in_is_recent if {
	most := data.tables.assurance.sign_in_minutes.value
	is_number(most)
	is_number(input.actor.assurance.auth_age_minutes)
	input.actor.assurance.auth_age_minutes <= most
}
