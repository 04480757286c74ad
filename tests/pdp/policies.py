"""Small policies of the tests' own, so that what they show does not depend on the shipped one."""

from pathlib import Path

DECISION = """package lpr

default allow := false

allow if input.subject.active == true

reasons contains {"code": "person_inactive", "message": "Not active.", "fix": "Ask."} if not allow

obligations := [
	{"id": "age", "type": "drop_reads_older_than", "basis": "window_or_plate_start"},
	{"id": "target", "type": "drop_other_plates", "matches": [0]},
	{"id": "links", "type": "strip_links"},
] if allow

obligations := [] if not allow

decision := {
	"allow": allow,
	"reasons": [reason | some reason in reasons],
	"obligations": obligations,
	"policy": {"revision": data.revision},
}
"""
TABLE = "# How long a training counts.\nmax_age_days: {value: 365, source: agency rule, confidence: cited}\n"
ALLOWED = '{"subject":{"active":true}}'
DENIED = '{"subject":{"active":false}}'


AUDIT = (
    "retention_days: {value: 9, source: s, confidence: cited}\nepoch_days: {value: 9, source: s, confidence: cited}\n"
)
"""How long the record is kept: without it nothing can be recorded under a policy."""


def write_policy(folder: Path, *, decision: str = DECISION, **more: str) -> Path:
    """A policy folder; `more` are further files, `__` standing for `/` and a last `_` for `.` in their names."""
    files = {"lpr/decision.rego": decision, "tables/training/data.yaml": TABLE, "tables/audit/data.yaml": AUDIT}
    for name, text in more.items():
        files[".".join(name.replace("__", "/").rsplit("_", 1))] = text
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
