"""The gateway's own addresses below `/gateway`: who am I, declared contexts, accepted rules, would this be allowed.

Each takes the person's gateway key in `Authorization: Bearer`, is recorded like everything else, and never answers for
anybody but the person asking.
"""

from gateway.endpoints.router import answer

__all__ = ["answer"]
