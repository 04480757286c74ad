"""From the vendor's answer to results, listed leaves only, and back to a body its tools can read.

`parse` reads, the obligations filter, `serialise` writes anew. An answer that cannot be read whole is not passed on.
"""
