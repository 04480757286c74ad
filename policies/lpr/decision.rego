# METADATA
# title: The decision on one request
# description: >-
#   Joins the topics. A request is allowed only if every topic says so positively and none of them
#   gives a reason against it; whatever is missing, unknown or of the wrong kind therefore denies.
# organizations: [Privacy Office]
# custom:
#   owner: Privacy Office
package lpr

# METADATA
# title: The whole answer to one request
# description: The only thing the gateway reads. An allow has no reasons; a denial has no obligations.
# entrypoint: true
decision := {
	"allow": allow,
	"reasons": [reason | some reason in against],
	"obligations": _due,
	"policy": {"revision": data.revision},
}

# METADATA
# title: Whether the request may go to the vendor
# description: Each line is one topic; one line that is not true, or cannot be judged, denies.
default allow := false

allow if {
	data.lpr.freshness.satisfied
	data.lpr.identity.satisfied
	data.lpr.assurance.satisfied
	data.lpr.training.satisfied
	data.lpr.purpose.satisfied
	data.lpr.emergency.satisfied
	data.lpr.case.satisfied
	data.lpr.target.satisfied
	data.lpr.retention.satisfied
	data.lpr.operation.satisfied
	data.lpr.usage.satisfied
	data.lpr.obligations.satisfied
	count(against) == 0
}

# METADATA
# title: Every reason against the request, a line a topic
# description: The true reasons, for the record; what of them the officer is told is not decided here.
# scope: document
against contains reason if some reason in data.lpr.freshness.deny
against contains reason if some reason in data.lpr.identity.deny
against contains reason if some reason in data.lpr.assurance.deny
against contains reason if some reason in data.lpr.training.deny
against contains reason if some reason in data.lpr.purpose.deny
against contains reason if some reason in data.lpr.emergency.deny
against contains reason if some reason in data.lpr.case.deny
against contains reason if some reason in data.lpr.target.deny
against contains reason if some reason in data.lpr.retention.deny
against contains reason if some reason in data.lpr.operation.deny
against contains reason if some reason in data.lpr.usage.deny

# METADATA
# title: What an allowed request must keep to
# description: Nothing for a denied one.
default _due := []

_due := data.lpr.obligations.required if allow
