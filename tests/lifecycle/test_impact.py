import json
import uuid
from collections import Counter
from datetime import UTC, datetime

import pytest

from gateway.app.audit import open_command_ledger
from gateway.app.state import read_impact_key
from gateway.errors import ConfigurationError
from gateway.ledger.records.decision import Verdict, decision_record
from gateway.lifecycle.impact import find_failed, sum_up, tell_nothing_compared
from gateway.lifecycle.impact_evidence import read_impact
from gateway.lifecycle.replay import Change, ReplayedChunk
from gateway.reasons import Reason
from gateway.value import replace
from tests.auditing.installation import POLICIES, Installation
from tests.auditing.ledgers import Ask, dossier


def change(kind, number, *reasons, office="BAL", purpose="p", user="u1"):
    return Change(kind=kind, reasons=reasons, decision_id=f"d{number:03}", user_id=user, purpose=purpose, office=office,
                  component="ERO")  # fmt: skip


def report(*changes, replayed=100, not_reproduced=None, by_no_policy=None, sample=1):
    left_out = {"not_reproduced": Counter(not_reproduced or {}), "by_no_policy": Counter(by_no_policy or {})}
    chunk = ReplayedChunk(replayed=replayed, changes=list(changes), **left_out)
    about = {"current": "a", "candidate": "b", "changes": [], "period": (None, "t")}
    return sum_up(chunk, **about, sample=sample, engine="embedded", seconds=2)


def test_persons_are_counted_once_a_kind_and_group_and_never_named():
    found = report(
        *(change("newly_denied", number, "r", user="u17") for number in range(5)), change("newly_denied", 9, "r")
    )
    assert found.persons["newly_denied"] == 2
    assert found.groups["office"][0].persons == 2
    assert "u17" not in str(found.document())


def test_a_decision_with_two_reasons_counts_under_each():
    found = report(change("newly_denied", 1, "x", "y"), change("newly_denied", 2, "x"))
    assert [(row.value, row.newly_denied) for row in found.groups["reason"]] == [("x", 2), ("y", 1)]


def test_the_persons_of_one_reason_are_counted_however_often_each_searched():
    found = report(
        *(change("newly_denied", number, "rules_not_accepted", "x", user=f"u{number % 2}") for number in range(5))
    )
    assert (found.count_persons(Reason.RULES_NOT_ACCEPTED), found.count_persons(Reason.CASE_CLOSED)) == (2, 0)


def test_all_numbers_add_up():
    found = report(change("newly_denied", 1, "x"), change("newly_allowed", 2, "y"), not_reproduced={"why": 3})
    assert found.unchanged + found.newly_denied + found.newly_allowed == found.replayed == 100
    assert (found.not_reproduced, found.not_reproduced_why) == (3, {"why": 3})


def test_what_is_compared_and_what_is_not_are_together_all_decisions():
    found = report(not_reproduced={"why": 3}, by_no_policy={"no policy made it": 7})
    assert (found.decisions, found.replayed, found.not_reproduced) == (110, 100, 10)
    assert found.not_reproduced_why == {"no policy made it": 7, "why": 3}


def test_where_nothing_could_be_compared_that_is_said_of_the_numbers_and_else_nothing():
    assert tell_nothing_compared(report(replayed=1, not_reproduced={"why": 3})) is None
    told = str(tell_nothing_compared(report(replayed=0, not_reproduced={"why": 1200})))
    assert told.startswith("none of 1,200 decisions could be compared, so these numbers say nothing of what the draft")
    assert "a new text of the rules of behavior" in told
    assert str(tell_nothing_compared(report(replayed=0))).startswith("no decision is on record of the period")


def test_the_command_warns_where_there_was_nothing_to_compare(tmp_path):
    installed = Installation(tmp_path).set_up()
    refused_by_the_gateway(installed, ("d", "policy_expired"))
    result = installed.invoke("policy", "impact", "--candidate", POLICIES)
    assert result.exit_code == 0
    assert "warning: none of 1 decisions could be compared, so these numbers say nothing" in result.stderr


def refused_by_the_gateway(installed, *reasons):
    """Records decisions that no policy made, of these ids or others."""
    ledger = open_command_ledger(installed.settings)
    for number, (decision_id, reason) in enumerate(reasons, 2):
        asked = replace(
            dossier(Ask(), number, datetime.now(UTC)), decision_id=decision_id, input_text=None, decision=None
        )
        ledger.record(*decision_record(asked, Verdict(decision="deny", reasons=(reason,))))
    ledger.close()


def test_the_command_leaves_out_no_decision_that_the_audit_lists(tmp_path):
    installed = Installation(tmp_path).set_up()
    installed.search()
    refused_by_the_gateway(installed, *[("d", "policy_expired")] * 3, ("d", "request_out_of_range"))
    listed = installed.json("audit", "search", "--event", "decision", "--why", "Adding up")
    found = installed.json("policy", "impact", "--candidate", POLICIES)
    assert found["decisions"] == found["replayed"] + found["not_reproduced"] == len(listed) == 5
    assert found["not_reproduced_why"] == {
        "it was decided by policy a1b2c3d4, which is no longer in force": 1,
        "no policy made it: the gateway itself refused (policy_expired)": 3,
        "no policy made it: the gateway itself refused (request_out_of_range)": 1,
    }
    told = installed.run("policy", "impact", "--candidate", POLICIES).stdout
    assert "3 not compared: no policy made it: the gateway itself refused (policy_expired)" in told
    assert "5 decisions on record of the period in all" in told


def test_the_command_counts_the_decisions_up_to_an_instant_says_so_and_refuses_a_period_that_is_none(tmp_path):
    installed = Installation(tmp_path).set_up()
    refused_by_the_gateway(installed, ("d", "policy_expired"))
    [since, until] = ["2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"]
    found = installed.json("policy", "impact", "--candidate", POLICIES, "--since", since, "--until", until)
    assert (found["decisions"], found["since"], found["until"]) == (0, since, until)
    read = installed.recorded("audit.read")[-1]
    assert (read["filter"]["since"], read["filter"]["until"]) == (since, until)
    assert installed.json("policy", "impact", "--candidate", POLICIES, "--until", "2999-01-01")["decisions"] == 1
    refused = installed.invoke("policy", "impact", "--candidate", POLICIES, "--since", until, "--until", since)
    assert (refused.exit_code, "the period ends" in refused.output) == (2, True)


def test_the_command_seals_what_it_prints_for_signing_and_says_until_when_it_looked(tmp_path):
    installed = Installation(tmp_path).set_up()
    installed.search()
    found = installed.json("policy", "impact", "--candidate", POLICIES)
    file, key = tmp_path / "impact.json", read_impact_key(installed.settings)
    file.write_text(json.dumps(found))
    about = {"current": found["current"], "candidate": found["candidate"]}
    assert read_impact(file, key, **about)["until"] == found["until"] > "2026"
    file.write_text(json.dumps(found | {"newly_allowed": found["newly_allowed"] + 1}))
    with pytest.raises(ConfigurationError, match="is not taken: the seal"):
        read_impact(file, key, **about)


def test_a_decision_is_explained_also_where_who_looked_it_up_among_decisions_is_read_first(tmp_path):
    installed, decision_id = Installation(tmp_path).set_up(), str(uuid.uuid4())
    installed.invoke("audit", "search", "--event", "decision", "--decision", decision_id, "--why", "Looking it up")
    refused_by_the_gateway(installed, (decision_id, "policy_expired"))
    told = installed.invoke("policy", "explain", decision_id).output
    assert "refused by the gateway itself, and no policy was asked" in told
    assert "policy_expired  The policy in force has expired." in told


def test_examples_are_the_first_ids_in_order_and_few():
    found = report(*(change("newly_denied", number, "r") for number in range(30, 0, -1)))
    assert found.examples["newly_denied"] == tuple(f"d{number:03}" for number in range(1, 11))


@pytest.mark.parametrize(
    ("condition", "holds"),
    [("newly_denied>0", True), ("newly_denied > 1", False), ("newly_allowed>=0", True), ("not_reproduced!=0", False)],
)
def test_a_condition_is_judged_by_its_number(condition, holds):
    assert bool(find_failed(report(change("newly_denied", 1, "x")), [condition])) is holds


@pytest.mark.parametrize(
    "condition", ["", "newly_denied", "denied>0", "newly_denied>x", "newly_denied>0; newly_allowed>0"]
)
def test_a_condition_that_cannot_be_read_is_refused(condition):
    with pytest.raises(ConfigurationError, match="write it like"):
        find_failed(report(), [condition])
