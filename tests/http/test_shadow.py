"""A running gateway tries a candidate beside its policy, and officers notice nothing."""

import json
import shutil

from gateway.demo.agency import PLATE
from tests.http.installation import POLICIES, Place


def test_a_candidate_that_would_refuse_is_on_record_and_the_officer_has_the_answer(install, vendors, tmp_path):
    draft = shutil.copytree(POLICIES, tmp_path / "draft")
    table = draft / "tables/policy/data.yaml"
    table.write_text(table.read_text().replace("value: true", "value: false"))
    gateway = install(
        Place(profile="flock", at="/flock", upstream=vendors["spare-flock"].url),
        settings=f'[engine]\nshadow = "{draft}"',
    )
    gateway.start()
    assert gateway.officer().lookup(mount="/flock").status == 200
    record = gateway.ledger.one(event_type="policy.shadow_differed")
    decided = gateway.ledger.one(event_type="decision")
    assert record["in_force"]["decision"] == decided["decision"] == "allow"
    assert record["candidate"] == {"decision": "deny", "reasons": ["policy_expired"], "obligations": []}
    assert (record["request_id"], record["input_sha256"]) == (decided["request_id"], decided["input_sha256"])
    assert record["decision_id"] == decided["decision_id"]
    assert PLATE not in str(record)
    beside = json.loads(gateway.ask_admin("/readyz")[1])["shadow"]
    assert beside == {"candidate_revision": record["candidate_revision"], "state": "comparing"}
    assert b'lpr_shadow_decisions_total{outcome="differs"} 1.0' in gateway.ask_admin("/metrics")[1]
    found = gateway.run("audit", "search", "--event", "policy.shadow_differed", "--why", "Trial of the draft").stdout
    assert "allow; the candidate: deny (policy_expired)" in found
