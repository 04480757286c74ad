import json

import pytest

from gateway.errors import ConfigurationError
from gateway.lifecycle.impact_evidence import is_own_impact, read_impact, seal_report
from tests.lifecycle.offices import IMPACT_KEY, sealed_report


@pytest.fixture
def write(scene, second):
    """A file with a report of the second policy, some of it changed after it was sealed."""

    def with_changes(**changes):
        path = scene.folder / "impact.json"
        path.write_text(json.dumps(sealed_report(scene.office, second.revision) | changes, indent=3))
        return path

    return with_changes


def read(scene, second, path, key=IMPACT_KEY):
    return read_impact(path, key, current=scene.first.revision, candidate=second.revision)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"replayed": "x"}', b"{}"])
def test_what_is_no_impact_report_is_no_evidence(scene, second, content):
    path = scene.folder / "impact.json"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="no impact report"):
        read(scene, second, path)


def test_a_report_about_another_change_is_no_evidence(scene, second, write):
    with pytest.raises(ConfigurationError, match="about another change"):
        read(scene, second, write(candidate=scene.first.revision))


def test_a_report_written_anew_in_another_form_keeps_its_seal(scene, second, write):
    assert read(scene, second, write())["replayed"] == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"newly_allowed": 1},
        {"replayed": 1077},
        {"since": "2026-11-01"},
        {"until": "2027-01-01"},
        {"sample": 0.5},
        {"engine": "opa"},
        {"groups": {}},
        {"seal": None},
        {"seal": "\u00e9"},
        {"seal": "0" * 64},
    ],
)
def test_a_report_of_which_anything_was_changed_is_no_evidence(scene, second, write, changes):
    with pytest.raises(ConfigurationError, match="the seal of this installation is not on it"):
        read(scene, second, write(**changes))


def test_a_report_that_another_installation_sealed_is_no_evidence(scene, second, write):
    for key in (b"o" * 32, None):
        with pytest.raises(ConfigurationError, match="or made elsewhere"):
            read(scene, second, write(), key)


def test_a_seal_does_not_serve_for_two_other_policies(scene, second, write):
    evidence = read(scene, second, write())
    about = {"current": scene.first.revision, "candidate": second.revision}
    assert is_own_impact(evidence, IMPACT_KEY, **about)
    for changed in ({"current": second.revision}, {"candidate": scene.first.revision}):
        assert not is_own_impact(evidence, IMPACT_KEY, **about | changed)


@pytest.mark.parametrize("impact", [None, {}, [], {"seal": "x"}, "x"])
def test_a_statement_without_an_impact_has_no_seal_that_fits(impact):
    assert not is_own_impact(impact, IMPACT_KEY, current="a", candidate="b")


def test_a_report_on_a_small_share_is_sealed_too(scene):
    assert len(seal_report(sealed_report(scene.office, "x", sample=0.0001), IMPACT_KEY)["seal"]) == 64
