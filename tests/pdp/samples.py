"""An officer's ordinary search, complete up to the decision, to be changed where a test wants it otherwise."""

from datetime import UTC, date, datetime, timedelta

from gateway.model import (
    Acknowledgement,
    Approval,
    CaseFile,
    Claims,
    Declared,
    Dossier,
    Identity,
    Key,
    Known,
    PlateTerm,
    Query,
    RawRequest,
    Searches,
    Subject,
    TargetMatch,
    Training,
    Window,
)
from gateway.value import replace

NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
CASE = "25-001234"

KEY = Key(
    key_id="k1",
    user_id="u17",
    kind="person",
    secret_hash=b"",
    issued_at=NOW,
    expires_at=NOW + timedelta(days=90),
    revoked_at=None,
    acts_for=(),
    mounts=(),
    cidrs=(),
)
IDENTITY = Identity(user_id="u17", key=KEY, method="key", on_behalf_of=None, direct=True)
QUERY = Query(
    vendor="flock",
    operation="plate.search",
    plate=PlateTerm(text="XQZ120", match="exact", fixed_characters=6, state="AR"),
    window=Window(start=NOW - timedelta(days=31, hours=12), end=NOW - timedelta(hours=12)),
    limit=10,
    geo=None,
    claims=Claims(),
)
DECLARED = Declared(
    purpose="criminal_investigation",
    purpose_source="header",
    case_number=CASE,
    case_source="header",
    reason_text="written by the officer",
    context=None,
)
SUBJECT = Subject(user_id="u17", name="Jo Doe", component="ERO", office="BAL", roles=("officer",), active=True)
CASE_FILE = CaseFile(
    case_number=CASE,
    kind="criminal",
    status="open",
    opened_on=date(2025, 1, 2),
    closed_on=None,
    offense_code="18 USC 1",
    lookback_from=date(2023, 8, 10),
    office="BAL",
    assigned=True,
)
MATCH = TargetMatch(
    subject_id="s9",
    case_number=CASE,
    relation="subject",
    active=True,
    assigned=True,
    plate="XQZ-12O",
    plate_state="AR",
    valid_from=date(2024, 6, 5),
    valid_to=None,
    spelling="folded",
)
APPROVAL = Approval(
    approval_id="a1",
    case_number=CASE,
    scope="partial_plate",
    plate=None,
    approved_by="u18",
    approver_active=True,
    approver_roles=("supervisor",),
    expires_at=NOW + timedelta(hours=20),
)
KNOWN = Known(
    revision="facts-1",
    as_of=NOW - timedelta(hours=2, minutes=30),
    subject=SUBJECT,
    training=(Training(course="lpr", version="2026", completed_on=date(2026, 7, 25)),),
    acknowledgements=(
        Acknowledgement(document="rules_of_behavior", version="1", accepted_at=NOW - timedelta(days=20)),
    ),
    case=CASE_FILE,
    matches=(MATCH,),
    protected=False,
    approvals=(APPROVAL,),
)
DOSSIER = Dossier(
    decision_id="d1",
    request=RawRequest(
        request_id="r1", time=NOW, method="POST", target="/flock", headers=(), body=b"", source_ip="127.0.0.1"
    ),
    identity=IDENTITY,
    query=QUERY,
    declared=DECLARED,
    known=KNOWN,
    usage={kind: Searches(now=100, by_hour={80: 10, 100: 4}) for kind in ("person", "office", "vendor")},
    policy_reviewed=NOW - timedelta(days=30),
)


def service(*acts_for: str, on_behalf_of: str | None = "u17") -> Identity:
    """A service's credential, naming a person or nobody."""
    key = replace(KEY, user_id="svc1", kind="service", acts_for=acts_for)
    return replace(IDENTITY, user_id=on_behalf_of, key=key, on_behalf_of=on_behalf_of)
