"""The ten steps in their order, with plain stand-ins for what lies behind the ports."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from gateway.errors import Refusal
from gateway.model import Acknowledgement, Answer, Dossier, ReviewStanding, VendorAnswer, VendorRequest
from gateway.pep.journey import serve
from gateway.pep.ports import Mounted, Ports, Secrets
from gateway.reasons import Reason
from gateway.value import replace
from gateway.vendors import Profile, load_profile
from tests.obligations.samples import NOW, SHIPPED, decision, known, match
from tests.pdp.samples import IDENTITY
from tests.vendors import samples

FLOCK = load_profile("flock")


@dataclass
class Scene:
    """Every port in one: what each step is given, and in which order the steps came."""

    allow: bool = True
    acts: list[str] = field(default_factory=list)
    records: list[tuple[str, bool, bool]] = field(default_factory=list)
    acknowledgements: tuple[Acknowledgement, ...] = ()
    approvals: tuple = ()
    context: None = None
    sound: bool = True

    def check(self) -> None:
        """A clock that can be believed, or not."""
        if not self.sound:
            raise Refusal(Reason.CLOCK_UNTRUSTED)

    def identify(self, _request, _presented, mount):
        self.acts.append(f"identified at {mount}")
        return IDENTITY

    def match(self, approvals, _question):
        return tuple(approvals)

    def standing(self, _user, _now) -> ReviewStanding:
        return ReviewStanding(emergencies_24h=0, due=0, overdue=0)

    def open_review(self, _case: Dossier) -> bool:
        self.acts.append("review opened")
        if not self.sound:
            raise Refusal(Reason.STORE_UNAVAILABLE)
        return True

    def close_unsent(self, _case: Dossier) -> None:
        self.acts.append("review closed")

    def own(self, _user, _mount, _now):
        return self

    def reserve(self, _accounts, _now, _most):
        self.acts.append("counted")
        return {}

    def look_up(self, _question, _approvals=()):
        self.acts.append("gathered")
        return known(match("FNA579"))

    def decide(self, _input_text):
        self.acts.append("decided")
        return decision(*SHIPPED, allow=self.allow)

    def record_allow(self, case: Dossier) -> None:
        self._record("allowed", case)

    def record_refusal(self, case: Dossier, *_arguments, **_options) -> None:
        self._record("refused", case)

    def record_outcome(self, case: Dossier, _outcome) -> None:
        self._record("outcome", case)

    def call(self, _request: VendorRequest) -> VendorAnswer:
        self.acts.append("forwarded")
        return VendorAnswer(status=200, headers=(("content-type", "application/json"),), body=b'{"results":[]}')

    def _record(self, what: str, case: Dossier) -> None:
        self.acts.append(what)
        self.records.append((what, case.recorded, case.forwarded))


def asked(**changes) -> Dossier:
    request = samples.lookup(state=None, **changes)
    return Dossier(decision_id="d1", request=request, identity=IDENTITY, mount="flock")


def told(scene: Scene, case: Dossier, profile: Profile = FLOCK) -> Answer:
    ports = Ports(facts=scene, store=scene, engine=scene, recorder=scene, metrics=scene, facts_max_age_h=24, clock=scene,
                  authenticator=scene, approvals=scene, emergencies=scene,
                  secrets=Secrets(tokens=b"t" * 32, pages=b"p" * 32, pseudonyms=b"n" * 32, approvals=b"a" * 32))  # fmt: skip
    mounted = Mounted(name="flock", prefix="", profile=profile, host="vendor.example", vendor=scene)
    return serve(ports, mounted, case, lambda: case.request.body)


def test_an_allowed_search_is_recorded_before_it_is_sent_and_again_before_it_is_answered():
    scene = Scene()
    assert told(scene, asked()).status == 200
    assert scene.acts == ["gathered", "counted", "decided", "allowed", "forwarded", "outcome"]
    assert scene.records == [("allowed", False, False), ("outcome", True, True)]


def test_what_cannot_be_asked_of_the_vendor_is_refused_before_it_is_recorded_as_allowed_or_sent(tmp_path):
    file = tmp_path / "strict.yaml"
    optional, required = "state: {means: plate_state}", "state: {means: plate_state, required: true}"
    assert optional in _flock_text()
    file.write_text(_flock_text().replace(optional, required))
    scene = Scene()
    assert told(scene, asked(), load_profile(str(file))).status >= 400
    assert scene.acts == ["gathered", "counted", "decided", "refused"]
    assert scene.records == [("refused", False, False)]


def test_an_explained_search_ends_once_it_is_recorded():
    scene, case = Scene(), asked()
    case.explain = True
    assert told(scene, case).status == 200
    assert scene.acts == ["gathered", "counted", "decided", "allowed"]


def test_the_record_names_the_operation_as_the_vendor_does():
    case = asked()
    told(Scene(), case)
    assert case.operation == "plate.search"
    assert case.vendor_operation == "POST /api/v3/reads/lookup"


def test_facts_that_grew_too_old_deny_whatever_the_policy_says():
    scene, case = Scene(), asked()
    case.request = replace(case.request, time=NOW + timedelta(hours=25))
    assert told(scene, case).status == 403
    assert scene.acts[-1] == "refused"


@pytest.mark.parametrize("allow", [1, "yes", None])
def test_what_is_not_exactly_true_is_no_allow(allow):
    scene = Scene(allow=allow)
    assert told(scene, asked()).status == 500
    assert "forwarded" not in scene.acts


def _flock_text() -> str:
    from gateway.vendors.profile.profile import _PROFILES

    return (_PROFILES / "flock.yaml").read_text()


def test_under_a_clock_that_cannot_be_believed_nobody_is_identified_and_nothing_is_gathered():
    scene = Scene(sound=False)
    case = asked()
    case.identity = None
    answer = told(scene, case)
    assert answer.status == 503
    assert b"clock_untrusted" in answer.body
    assert not {"identified at flock", "gathered", "decided", "forwarded"} & set(scene.acts)


def test_an_emergency_whose_review_cannot_be_opened_is_on_record_as_allowed_and_as_never_sent():
    scene = Scene(sound=False)
    assert told(scene, asked(reason="exigent_circumstances: kidnapping: a child")).status == 503
    assert scene.acts == ["gathered", "counted", "decided", "allowed", "review opened", "outcome"]
    assert scene.records == [("allowed", False, False), ("outcome", True, False)]
