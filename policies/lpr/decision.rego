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
	"reasons": reasons,
	"obligations": due,
	"policy": {"revision": data.revision},
}

# METADATA
# title: Whether the request may go to the vendor
# description: Each line is one topic; one line that is not true, or cannot be judged, denies.
default allow := false

allow if {
	data.lpr.freshness.satisfied
	data.lpr.identity.satisfied
	data.lpr.training.satisfied
	data.lpr.purpose.satisfied
	data.lpr.case.satisfied
	data.lpr.target.satisfied
	data.lpr.retention.satisfied
	data.lpr.operation.satisfied
	data.lpr.usage.satisfied
	data.lpr.obligations.satisfied
	reasons == []
}

# METADATA
# title: Every reason against the request, sorted by code
# description: The true reasons, for the record; what of them the officer is told is not decided here.
reasons := [reason |
	some reason in ((((((((data.lpr.freshness.deny | data.lpr.identity.deny) | data.lpr.training.deny) | data.lpr.purpose.deny) | data.lpr.case.deny) | data.lpr.target.deny) | data.lpr.retention.deny) | data.lpr.operation.deny) | data.lpr.usage.deny)
]

# METADATA
# title: What an allowed request must keep to
# description: Nothing for a denied one.
default due := []

due := data.lpr.obligations.required if allow
