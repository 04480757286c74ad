"""The production engine: a real OPA server that holds the policy as a bundle.

`engine` asks it within one deadline (`deadline`), `status` asks how it is, `process` starts one for the demo and tests.
Its answer is believed only as `parse_decision` finds it whole, and of the policy revision in force.
"""
