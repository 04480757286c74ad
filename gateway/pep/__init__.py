"""The enforcement point (PEP): the life of one request to a vendor.

`journey` has the ten steps in order, `ports` what it asks of each part; `refuse` and `outcome` are how it ends, `recorder`
writes that down, `problem` tells it. It never knows a ledger, a store, an engine or a web framework by name.
"""
