"""The information point (PIP): what the agency knows about people, cases and plates, as immutable revisions.

An import reads the nine CSV files, checks them, builds a revision and switches to it; a look-up answers from one revision.
Nothing at run time writes facts, and no text of an error repeats what they hold.
"""

from gateway.facts.lookup import Facts, open_facts
from gateway.facts.revisions import Revision

__all__ = ["Facts", "Revision", "open_facts"]
