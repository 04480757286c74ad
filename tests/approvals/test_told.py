"""What was told of a decision is read again as it was told, also as a version before this one kept it."""

from gateway.approvals.told import read_told, write_told
from gateway.model import Dossier
from gateway.reasons import Reason
from tests.approvals.staff import request_at


def test_reasons_come_back_with_field_and_hint_and_whether_it_was_a_question():
    case = Dossier(decision_id="d1", request=request_at("/x"), explain=True, hints={"case_missing": "Send the header."})
    told = read_told(write_told(case, [Reason.CASE_MISSING, Reason.PLATE_MISSING], "plate"))
    missing = {"code": "case_missing", "field": "plate", "hint": "Send the header."}
    assert told == (True, [missing, {"code": "plate_missing", "field": "plate"}])


def test_what_a_version_before_this_one_kept_is_read_too():
    own = {"code": "closed_today", "message": "Closed.", "fix": "Wait."}
    assert read_told('["case_missing", {"code": "closed_today", "message": "Closed.", "fix": "Wait."}]') == (
        False,
        [{"code": "case_missing"}, own],
    )
