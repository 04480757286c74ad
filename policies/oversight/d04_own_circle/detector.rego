# METADATA
# title: A colleague's, a relative's, one's own or a protected vehicle
# description: >-
#   About one search at a time, and one is enough. It denies nothing: it is asked after the decision, and what
#   it finds is reviewed by a person.
# organizations: [Privacy Office]
# custom:
#   owner: Privacy Office
package oversight.d04_own_circle

# METADATA
# title: The search was refused because the plate is protected, or the plate is on the agency's list
# description: >-
#   The list is what `oversight import --kind households` brought in; the plates of it are told apart, so
#   that a second vehicle is a second finding.
# scope: document
findings contains {"severity": "alert", "about": "protected"} if {
	some reason in input.search.reasons
	reason in data.oversight.d04_own_circle.protected_reasons.value
}

findings contains {"severity": "alert", "about": "plate"} if input.search.on_list == true
