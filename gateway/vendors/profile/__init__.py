"""A vendor's API as a table: what may be asked, where each thing is, what of the answer may pass.

`profile` reads a profile file and tells every mistake in it; `operation`, `shapes` and `answer_table` are its parts.
What a profile does not list is refused in a request and withheld from an answer.
"""
