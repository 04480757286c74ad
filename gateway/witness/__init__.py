"""A witness: a small program for another host, run by other people, that keeps the last checkpoint of each ledger.

It takes a checkpoint only where it follows the one it holds, signs it with its own key and clock (`keeper`), and answers
over HTTP (`service`). It never sees a record, and never signs two histories of one ledger.
"""
