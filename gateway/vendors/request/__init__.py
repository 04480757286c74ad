"""From what arrived to a canonical query, and from an effective query to a new request.

In order: `target`, `headers`, `credentials`, `document`, `terms`, joined in `recognise`; after the decision, `build`.
Nothing that arrived is ever sent on: `build` sees only the effective query.
"""
