"""The bytes and the content of audit records.

`event` says what a record is before it has a place, `decision` and `outcome` make the two of a request, `form` gives the
exact bytes. No record holds a plate or written text in clear.
"""
