"""The information point (PIP): what the agency knows about people, cases and plates, as immutable revisions.

An import reads the nine CSV files, checks them, builds a revision and switches to it; a look-up answers from one revision.
Nothing at run time writes facts, and no text of an error repeats what they hold.
"""

from gateway.facts.importer import ImportPreview, ImportReport, ImportTerms, import_facts, preview_facts
from gateway.facts.lookup import Facts, open_facts
from gateway.facts.manifest import sign
from gateway.facts.queries import examine, revisions, show
from gateway.facts.revisions import Revision
from gateway.facts.rollback import roll_back

__all__ = [
    "Facts",
    "ImportPreview",
    "ImportReport",
    "ImportTerms",
    "Revision",
    "examine",
    "import_facts",
    "open_facts",
    "preview_facts",
    "revisions",
    "roll_back",
    "show",
    "sign",
]
