"""Checkpoints: what all chains had come to at one moment, signed and witnessed.

`checkpointer` writes them with the keys of `keys` as `note`s, `checkpoint` is their content, `publisher` hands them to the
`witnesses`. A checkpoint is never changed, and each cites the one before.
"""
