import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import plates
from gateway.errors import Refusal
from gateway.facts.importer import import_facts
from gateway.facts.open_revisions import open_revision_store
from gateway.facts.queries import revisions
from gateway.facts.revisions import NONE_YET
from gateway.facts.statements import texts
from gateway.model import Acknowledgement, Approval, CaseFile, PlateTerm, Question, Subject, TargetMatch, Training
from gateway.reasons import Reason
from tests.facts.agency import NOW, days_ago, with_lines, write_agency
from tests.facts.terms import import_terms
from tests.properties import SHARING_FIXTURES, examples


def term(text, match="exact", state=None):
    fixed = len(text.replace("*", ""))
    return PlateTerm(text=text, match=match, fixed_characters=fixed, state=state)


def asked(user_id="u1", case_number="25-001234", plate=None):
    return Question(user_id=user_id, case_number=case_number, plate=plate)


def found(known):
    return [(match.subject_id, match.plate, match.spelling, match.assigned) for match in known.matches]


@pytest.fixture
def facts(url, load, opened):
    load(url)
    return opened(url)


def test_the_person_is_known_with_training_and_acknowledgements(facts):
    known = facts.look_up(asked())
    assert known.subject == Subject(
        user_id="u1", name="Officer 1", component="ERO", office="BAL", roles=("officer",), active=True
    )
    assert known.training == (
        Training(course="lpr", version="2026", completed_on=date.fromisoformat(days_ago(31))),
        Training(course="lpr", version="2024", completed_on=date.fromisoformat(days_ago(800))),
    )
    assert known.acknowledgements == (
        Acknowledgement(document="rules_of_behavior", version="1", accepted_at=datetime(2026, 10, 1, 9, tzinfo=UTC)),
    )


def test_the_cited_case_is_known_and_whether_it_is_the_askers(facts):
    case = facts.look_up(asked()).case
    assert case == CaseFile(
        case_number="25-001234",
        kind="criminal",
        status="open",
        opened_on=date.fromisoformat(days_ago(400)),
        closed_on=None,
        offense_code="8 USC 1326",
        lookback_from=date.fromisoformat(days_ago(1500)),
        office="BAL",
        assigned=True,
    )
    assert facts.look_up(asked(user_id="u3")).case.assigned is False


def test_the_open_cases_of_a_person_are_those_they_are_a_member_of(facts):
    assert [(case.case_number, case.assigned) for case in facts.open_cases("u1")] == [("25-001234", True)]
    assert facts.open_cases("nobody") == ()


def test_supervisors_are_all_who_have_the_role_as_one_person_is_known(facts):
    found = facts.supervisors()
    everybody = [facts.person(f"u{number}") for number in range(1, 30)]
    assert [*found] == [one for one in everybody if one and "supervisor" in one.roles]
    assert found


def test_what_is_empty_in_the_facts_is_unknown_and_not_made_up(facts):
    known = facts.look_up(asked(user_id="u20", case_number="25-000404"))
    assert known.subject == Subject(user_id="u20", name=None, component=None, office=None, roles=(), active=None)
    assert (known.case.kind, known.case.status, known.case.opened_on, known.case.office) == (None, None, None, None)
    assert facts.look_up(asked(user_id="u14")).training[0].completed_on is None


@pytest.mark.parametrize("name", ["nobody", None, "U1", "u1 ", "u%", "' or 1=1 --"])
def test_nobody_and_no_case_are_unknown(facts, name):
    known = facts.look_up(asked(user_id=name, case_number=name, plate=term("ABC120")))
    assert (known.subject, known.training, known.acknowledgements, known.case, known.approvals) == (
        None,
        (),
        (),
        None,
        (),
    )
    assert not any(match.assigned for match in known.matches)


def test_a_question_without_a_plate_matches_nothing(facts):
    known = facts.look_up(asked())
    assert (known.matches, known.protected) == ((), False)


def test_every_plate_of_the_same_fold_matches_whatever_its_case_subject_or_dates(facts):
    known = facts.look_up(asked(plate=term("ABC12O")))
    assert known.matches == (
        TargetMatch(
            subject_id="s1",
            case_number="25-001234",
            relation="subject",
            active=True,
            assigned=True,
            plate="ABC-120",
            plate_state="AR",
            valid_from=date.fromisoformat(days_ago(200)),
            valid_to=None,
            spelling="folded",
        ),
        TargetMatch(
            subject_id="s3",
            case_number="25-000777",
            relation="subject",
            active=True,
            assigned=False,
            plate="abc12O",
            plate_state=None,
            valid_from=None,
            valid_to=None,
            spelling="same",
        ),
    )
    assert found(facts.look_up(asked(plate=term("OLD111")))) == [("s4", "OLD111", "same", True)]
    assert found(facts.look_up(asked(plate=term("ABC999", "fuzzy")))) == [("s5", "ABC999", "same", True)]


def test_a_pattern_matches_only_plates_of_the_cited_case(facts):
    assert found(facts.look_up(asked(plate=term("ABC*", "partial")))) == [
        ("s1", "ABC-120", "same", True),
        ("s5", "ABC999", "same", True),
    ]
    assert found(facts.look_up(asked(case_number="25-000777", plate=term("*12*", "partial")))) == [
        ("s3", "abc12O", "same", False)
    ]
    assert found(facts.look_up(asked(case_number="nowhere", plate=term("*", "partial")))) == []


def test_a_pattern_also_fits_by_the_fold(facts):
    assert found(facts.look_up(asked(plate=term("*12O", "partial")))) == [("s1", "ABC-120", "folded", True)]


@pytest.mark.parametrize(
    ("plate", "protected"),
    [
        (term("GOV001", state="MD"), True),
        (term("G0V0O1", state="MD"), True),
        (term("GOV001"), True),
        (term("GOV001", state="VA"), False),
        (term("JUDGE0", state="VA"), True),
        (term("JUDGEO"), True),
        (term("GOV002"), False),
        (term("GOV001", "fuzzy"), True),
        (term("*V00*", "partial"), True),
        (term("*VOO*", "partial", "MD"), True),
        (term("*V00*", "partial", "VA"), False),
        (term("*V02*", "partial"), False),
        (term("GOV*", "exact"), False),
    ],
)
def test_a_plate_is_protected_by_its_fold_unless_its_state_differs(facts, plate, protected):
    assert facts.look_up(asked(plate=plate)).protected is protected


def test_approvals_come_with_their_approvers_as_of_now_expired_ones_included(facts):
    approvals = facts.look_up(asked()).approvals
    assert [(a.approval_id, a.scope, a.plate, a.approver_active, a.approver_roles) for a in approvals] == [
        ("a1", "partial_plate", None, True, ("officer", "supervisor")),
        ("a2", "protected_plate", "ABC-120", False, ("supervisor",)),
    ]
    assert [a.expires_at for a in approvals] == [
        datetime(2026, 11, 23, 10, tzinfo=UTC),
        datetime(2026, 11, 1, tzinfo=UTC),
    ]
    [unknown] = facts.look_up(asked(user_id="u2")).approvals
    assert (unknown.case_number, unknown.scope, unknown.approved_by, unknown.approver_active) == (None,) * 4


@pytest.mark.parametrize(
    ("approver", "active", "roles"),
    [("u16", True, ("officer", "supervisor")), ("u17", False, ("supervisor",)), ("gone", None, ()), (None, None, ())],
)
def test_approvals_given_at_the_gateway_join_with_their_approvers_as_the_facts_know_them(
    facts, approver, active, roles
):
    given_here = Approval(
        approval_id="g1",
        case_number="25-001234",
        scope="geo_search",
        plate=None,
        approved_by=approver,
        approver_active=True,
        approver_roles=("supervisor",),
        expires_at=None,
    )
    joined = facts.look_up(asked(), [given_here]).approvals
    assert len(joined) == 3
    assert (joined[2].approval_id, joined[2].approver_active, joined[2].approver_roles) == ("g1", active, roles)


def test_the_answer_names_the_revision_and_its_age(facts, url):
    known = facts.look_up(asked())
    assert (known.revision, known.as_of) == (revisions(url)[0].revision, NOW)
    assert facts.revision().revision == known.revision


def test_without_facts_nothing_is_known_and_that_is_a_refusal(url, opened):
    facts = opened(url)
    for ask in (lambda: facts.look_up(asked()), facts.revision):
        with pytest.raises(Refusal) as caught:
            ask()
        assert caught.value.reason is Reason.FACTS_UNAVAILABLE
    assert caught.value.note == NONE_YET


def test_a_database_that_is_away_is_a_refusal(opened):
    with pytest.raises(Refusal) as caught:
        opened("postgresql+psycopg://nobody@127.0.0.1:1/none").look_up(asked())
    assert caught.value.reason is Reason.FACTS_UNAVAILABLE


def test_facts_imported_later_are_found_without_a_restart(url, load, opened):
    facts = opened(url)
    with pytest.raises(Refusal):
        facts.look_up(asked())
    load(url)
    until(lambda: facts.revision().number == 1)
    load(url, users=with_lines("users", ["u21,New,,,,"]))
    until(lambda: facts.look_up(asked(user_id="u21")).subject is not None)


def test_a_reader_keeps_its_revision_through_an_import(url, load):
    load(url)
    revision_store = open_revision_store(url)
    reader = revision_store.open(revision_store.newest())
    load(url, users=with_lines("users", ["u21,New,,,,"]))
    assert reader.read(["SELECT count(*) FROM users"], {}) == [[(20,)]]
    reader.close()
    revision_store.close()


def test_no_look_up_under_an_import_fails_or_sees_half_of_it(url, tmp_path, opened):
    """The name of a person, of a case and of an approver say which import they are from."""

    def imported(number):
        write_agency(
            tmp_path / "agency",
            users=[f"u1,import {number},,,,", "u16,,,,,"],
            training=[f"u1,lpr,import {number},"],
            acknowledgements=[],
            cases=[f"c1,,,,,import {number},,"],
            case_members=["c1,u1"],
            subjects=[f"s1,c1,import {number},"],
            subject_plates=["s1,ABC120,,,"],
            approvals=[],
            protected_plates=[],
        )
        import_facts(tmp_path / "agency", url=url, terms=import_terms(now=NOW))

    def asking():
        seen = set()
        while not over.is_set():
            known = facts.look_up(asked(case_number="c1", plate=term("ABC120")))
            names = known.subject.name, known.training[0].version, known.case.offense_code, known.matches[0].relation
            assert len(set(names)) == 1
            seen.add(names[0])
        return seen

    imported(0)
    facts, over = opened(url), threading.Event()
    with ThreadPoolExecutor(4) as threads:
        askers = [threads.submit(asking) for _ in range(4)]
        try:
            for number in range(1, 5):
                imported(number)
            until(lambda: facts.look_up(asked()).subject.name == "import 4")
        finally:
            over.set()
        assert len(set().union(*(asker.result() for asker in askers))) > 1


def test_a_damaged_revision_is_a_refusal_and_a_new_import_heals(sqlite_url, load, opened, tmp_path):
    report = load(sqlite_url)
    path = tmp_path / "state" / f"facts.db.{report.revision}"
    path.chmod(0o600)
    path.write_bytes(b"not a database, however long it may be" * 100)
    facts = opened(sqlite_url)
    with pytest.raises(Refusal) as caught:
        facts.look_up(asked())
    assert caught.value.reason is Reason.FACTS_UNAVAILABLE
    with pytest.raises(Exception, match="protected_plates"):
        load(sqlite_url)
    load(sqlite_url, options={"force": True, "why": "the revision was damaged"})
    assert facts.look_up(asked()).subject is not None


def test_a_revision_file_that_went_missing_is_a_refusal(sqlite_url, load, opened, tmp_path):
    report = load(sqlite_url)
    facts = opened(sqlite_url)
    (tmp_path / "state" / f"facts.db.{report.revision}").unlink()
    with pytest.raises(Refusal):
        facts.look_up(asked())


def test_a_pointer_that_is_no_catalog_is_a_refusal(sqlite_url, load, opened, tmp_path):
    load(sqlite_url)
    (tmp_path / "state" / "facts.db").write_bytes(b"nothing")
    with pytest.raises(Refusal):
        opened(sqlite_url).look_up(asked())


def test_connections_lost_when_the_server_restarts_are_replaced(postgres_url, load, opened):
    load(postgres_url)
    facts = opened(postgres_url)
    facts.look_up(asked())
    terminate_others(postgres_url)
    assert facts.look_up(asked()).subject is not None


FORKED = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from gateway.facts import open_facts
from gateway.model import Question

def serve():
    facts, question = open_facts(sys.argv[1], bytes(32)), Question(user_id="u1", case_number=None, plate=None)
    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(lambda _: facts.look_up(question).subject.name, range(200)))
    facts.close()
    os._exit(0 if answers == {"Officer 1"} else 1)

children = [os.fork() or serve() for _ in range(2)]
sys.exit(sum(os.waitpid(child, 0)[1] for child in children))
"""


def test_workers_forked_from_one_process_read_side_by_side(url, load):
    load(url)
    subprocess.run([sys.executable, "-c", FORKED, url], check=True, timeout=60)


@pytest.mark.parametrize("plate", [None, term("ABC120"), term("ABC*", "partial")])
def test_every_look_up_goes_by_an_index(sqlite_url, load, plate):
    load(sqlite_url)
    revision_store = open_revision_store(sqlite_url)
    reader = revision_store.open(revision_store.newest())
    for statement in statements_of(revision_store, plate):
        [plan] = reader.read([f"EXPLAIN QUERY PLAN {statement}"], dict.fromkeys(PARAMETERS))
        scans = [step for *_, step in plan if step.startswith("SCAN") and "CONSTANT ROW" not in step]
        assert not [step for step in scans if "protected_plates" not in step]
        assert not scans or plate.match == "partial"
    reader.close()


PLATES = st.text(alphabet="O0AB1", min_size=1, max_size=4).filter(str.isalnum)


@settings(max_examples=examples(20), suppress_health_check=SHARING_FIXTURES)
@given(
    mine=st.sets(PLATES, min_size=1, max_size=6),
    theirs=st.sets(PLATES, max_size=6),
    wanted=st.text(alphabet="O0AB1*", min_size=1, max_size=4),
)
def test_matches_are_exactly_those_that_comparing_every_plate_gives(tmp_path_factory, opened, mine, theirs, wanted):
    folder: Path = tmp_path_factory.mktemp("law")
    url = f"sqlite:///{folder}/facts.db"
    every = [("s1", "25-001234", plate) for plate in sorted(mine)] + [
        ("s3", "25-000777", plate) for plate in sorted(theirs)
    ]
    lines = [f"{subject},{plate},,," for subject, _case, plate in every]
    import_facts(write_agency(folder / "agency", subject_plates=lines), url=url, terms=import_terms(now=NOW))
    partial = "*" in wanted
    known = opened(url).look_up(asked(plate=term(wanted, "partial" if partial else "exact")))
    expected = [
        (subject, plate, "same" if plates.fits_pattern(wanted, plate) else "folded")
        for subject, case, plate in every
        if plates.fits_pattern(plates.fold(wanted), plates.fold(plate)) and (case == "25-001234" or not partial)
    ]
    assert [(match.subject_id, match.plate, match.spelling) for match in known.matches] == expected


def test_no_plate_is_in_what_a_look_up_prints(facts):
    known = facts.look_up(asked(plate=term("ABC120")))
    assert "ABC" not in repr(known)


PARAMETERS = ("user", "case", "fold", "like", "state")


def statements_of(revision_store, plate):
    return texts(revision_store.dialect).choose(asked(plate=plate))


def terminate_others(url):
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )


def until(holds, seconds=10):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        threading.Event().wait(0.01)
