"""The public transparency report: counts that show nobody, bound to a signed checkpoint, checkable by anybody.

`figures` counts up to a checkpoint, `suppression` hides small numbers and what would give them away, `document` puts the
report together and signs it, `verification` checks one, and two against each other.
"""
