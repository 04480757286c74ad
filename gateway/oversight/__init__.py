"""Oversight: vendors' own exports beside the record, detectors, reviews, samples, reports, the public report.

`imports` reads what vendors export, `reconciliation` holds it against the ledger, `detectors` look for misuse, `reviews`
and `sampling` bring findings and chosen searches before a person, `reports` and `publication` tell what came of it.
What oversight does is itself in the ledger, which is the truth; files beside it can be made anew. It judges nobody, and
keeps no plate, written reason or case number of a vendor's file in clear.
"""
