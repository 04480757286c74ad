"""The demonstration's part on people: an approval asked for and withdrawn, an emergency and its review, a sign-on."""

import time
from collections.abc import Mapping
from datetime import datetime

from rich.console import Console

from gateway import clock
from gateway.demo import agency, report
from gateway.demo.caller import Caller
from gateway.demo.issuer import DemoIssuer
from gateway.demo.steps import ALLOWED, Step, emergency_step, flock_steps, part_of_a_plate
from gateway.value import replace

_LONGEST_WAIT_S = 60.0
_OK, _CREATED = 200, 201


def show_people(callers: Mapping[str, Caller], issuer: DemoIssuer, port: int, console: Console) -> bool:
    """All of it; whether each step went as it should."""
    now = clock.now()
    report.heading("Approvals: asked for from a refusal, given, withdrawn", console)
    good = _approve(callers, now, console)
    report.heading("An emergency: open at once, reviewed afterwards", console)
    good &= _review(callers, now, console)
    report.heading("Signing on with the agency's identity provider", console)
    return good & _sign_on(issuer, port, now, console)


def _approve(callers: Mapping[str, Caller], now: datetime, console: Console) -> bool:
    officer, supervisor = callers[agency.OFFICER], callers[agency.SUPERVISOR]
    refused = part_of_a_plate(now, "partial_plate_not_approved")
    told = officer.ask(refused)
    good = report.step(refused, told, console)
    wanted = {"decision_id": told.document.get("decision_id"), "reason": "witness saw four characters", "hours": 8}
    asked = officer.post("/gateway/approvals", wanted)
    good &= report.fact("the officer asks for an approval", asked.status == _CREATED, console)
    address = f"/gateway/approvals/{asked.document.get('approval_id')}"
    given = supervisor.post(f"{address}/approve", {"hours": 4, "reason": "the witness is in the file"})
    good &= report.fact("a supervisor gives it", given.status == _OK, console)
    allowed = replace(refused, refused=ALLOWED)
    good &= report.step(allowed, officer.ask(allowed), console)
    withdrawn = supervisor.post(f"{address}/revoke", {"reason": "the witness took it back"})
    good &= report.fact("the supervisor withdraws it", withdrawn.status == _OK, console)
    return good & report.step(refused, officer.ask(refused), console)


def _review(callers: Mapping[str, Caller], now: datetime, console: Console) -> bool:
    officer, privacy = callers[agency.OFFICER], callers[agency.PRIVACY]
    allowed = emergency_step(now, ALLOWED)
    good = report.step(allowed, officer.ask(allowed), console)
    end = time.monotonic() + _LONGEST_WAIT_S
    while "review_overdue" not in officer.get("/gateway/whoami").document.get("missing", []):
        if time.monotonic() > end:
            return report.fact("the review falls due", good=False, console=console)
        time.sleep(0.05)
    refused = emergency_step(now, "review_overdue")
    good &= report.step(refused, officer.ask(refused), console)
    judged = {"outcome": "justified", "reason": "the child was found"}
    listed = privacy.get("/gateway/emergencies").document.get("emergencies", [])
    due = [one["decision_id"] for one in listed if one["status"] == "due"]
    told = [privacy.post(f"/gateway/emergencies/{decision_id}/review", judged).status for decision_id in due]
    good &= report.fact("the privacy office reviews it: justified", set(told) == {_OK}, console)
    return good & report.step(allowed, officer.ask(allowed), console)


def _sign_on(issuer: DemoIssuer, port: int, now: datetime, console: Console) -> bool:
    search = flock_steps(now)[0]
    strong = replace(search, title="exact search, signed on with two factors")
    weak: Step = replace(search, title="exact search, signed on with a password", refused="assurance_too_low")
    good = report.step(strong, Caller(port, issuer.issue(agency.OFFICER, "mfa")).ask(strong), console)
    return good & report.step(weak, Caller(port, issuer.issue(agency.OFFICER, "pwd")).ask(weak), console)
