"""Verification: is the record whole and unchanged? Offline, on any copy, with only public keys.

`segment` checks one file, `chain` puts them together, `checkpoints` compares with what was signed and witnessed, `findings`
says what a crash or the law may leave, `verify` joins it all to the `report`. Nothing here writes.
"""
