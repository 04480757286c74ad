"""The values every part speaks in. All are frozen but the dossier; of the gateway they know only the forms of plates.

The modules are in the order in which a request meets them: `request` (what arrived), `identity` (who asks), `query` (what
is asked), `knowledge`, `usage`, `decision`, `effective` (what was sent), `results` (what came back), `dossier` (the record's view).
Everybody imports from here. All instants are aware datetimes in UTC.
"""

from gateway.model.decision import Decision, Obligation
from gateway.model.dossier import Dossier, Outcome, Permit
from gateway.model.effective import (
    AnswerRules,
    EffectiveQuery,
    PageOpening,
    PlateRule,
    TimeSpan,
    VendorAnswer,
    VendorRequest,
)
from gateway.model.identity import METHODS, Assurance, Identity, Key, ProvenUser
from gateway.model.json_value import Json, find_member, find_number, is_number
from gateway.model.knowledge import (
    Acknowledgement,
    Approval,
    CaseFile,
    Known,
    Question,
    ReviewStanding,
    Subject,
    TargetMatch,
    Tenure,
    Training,
)
from gateway.model.query import EMERGENCY, Claims, Context, Declared, Geo, PlateTerm, Query, Window
from gateway.model.request import Answer, RawRequest
from gateway.model.results import Filtered, Read, ReadField, Results
from gateway.model.usage import Accounts, Ceiling, Ceilings, Searches, Usage

__all__ = [
    "EMERGENCY",
    "METHODS",
    "Accounts",
    "Acknowledgement",
    "Answer",
    "AnswerRules",
    "Approval",
    "Assurance",
    "CaseFile",
    "Ceiling",
    "Ceilings",
    "Claims",
    "Context",
    "Decision",
    "Declared",
    "Dossier",
    "EffectiveQuery",
    "Filtered",
    "Geo",
    "Identity",
    "Json",
    "Key",
    "Known",
    "Obligation",
    "Outcome",
    "PageOpening",
    "Permit",
    "PlateRule",
    "PlateTerm",
    "ProvenUser",
    "Query",
    "Question",
    "RawRequest",
    "Read",
    "ReadField",
    "Results",
    "ReviewStanding",
    "Searches",
    "Subject",
    "TargetMatch",
    "Tenure",
    "TimeSpan",
    "Training",
    "Usage",
    "VendorAnswer",
    "VendorRequest",
    "Window",
    "find_member",
    "find_number",
    "is_number",
]
