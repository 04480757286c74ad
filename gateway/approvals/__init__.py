"""What people ask for, give and review at run time: approvals, emergencies, and the notices of both.

A refusal is remembered, an approval asked for from it, given or denied by another person, and counts with the next
request; an emergency is allowed at once and reviewed afterwards. Nothing here allows a search: the policy does, and it
judges every approval anew. No plate lies open in the store, in a record or in a notice.
"""

from gateway.approvals.approvals import ApprovalRules, Approvals
from gateway.approvals.emergencies import Emergencies
from gateway.approvals.foresight import Foresight
from gateway.approvals.notices import Mail, Notices
from gateway.approvals.parts import Addressees, ApprovalParts
from gateway.approvals.protection import PlateProtection
from gateway.approvals.recent import RecentDecisions
from gateway.approvals.remembering import RememberingRecorder
from gateway.approvals.review_watch import ReviewWatch
from gateway.approvals.scopes import join_scopes
from gateway.approvals.wanted import Wanted
from gateway.pep.suggestion import PARTIAL, PROTECTED

__all__ = [
    "PARTIAL",
    "PROTECTED",
    "Addressees",
    "ApprovalParts",
    "ApprovalRules",
    "Approvals",
    "Emergencies",
    "Foresight",
    "Mail",
    "Notices",
    "PlateProtection",
    "RecentDecisions",
    "RememberingRecorder",
    "ReviewWatch",
    "Wanted",
    "join_scopes",
]
