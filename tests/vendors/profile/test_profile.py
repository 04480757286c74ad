import pytest
import yaml

from gateway.errors import ConfigurationError
from gateway.vendors import load_profile
from tests.vendors.samples import FLOCK, REKOR


@pytest.fixture
def table():
    """The shipped Rekor profile as plain values, to be spoiled."""
    return yaml.safe_load(yaml.safe_dump(REKOR.model_dump(mode="json", exclude_unset=True)))


def problems(tmp_path, table):
    path = tmp_path / "mine.yaml"
    path.write_text(table if isinstance(table, str) else yaml.safe_dump(table, sort_keys=False))
    with pytest.raises(ConfigurationError) as caught:
        load_profile(str(path))
    return caught.value.problems


def test_a_profile_is_loaded_by_name_or_by_path(tmp_path, table):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(table | {"name": "mine"}))
    assert load_profile(str(path)).name == "mine"
    assert load_profile("flock") == FLOCK


@pytest.mark.parametrize("name", ["unknown", "../flock", "", "/nowhere/x.yaml"])
def test_an_unknown_profile_is_said_to_be_so(name):
    with pytest.raises(ConfigurationError, match="there is no such profile: flock or rekor, or the path"):
        load_profile(name)


def test_every_mistake_is_reported_at_once(tmp_path, table):
    table["operations"][0] |= {"method": "PATCH", "colour": "blue"}
    del table["media"]
    found = problems(tmp_path, table)
    assert len(found) == 3
    assert all(sentence.startswith("profile mine.yaml: ") for sentence in found)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda t: t["operations"][0].update(answer="nothing"), "no such answer"),
        (lambda t: t["operations"][0].update(paths=["/api/../x"]), "a path is plain"),
        (lambda t: t["operations"][0].update(paths=["/api/{page}"]), "a path is plain"),
        (lambda t: t["operations"][1].update(paths=["/api/search/plate"]), "same route"),
        (lambda t: t["operations"][1].update(name="plate.search"), "same name"),
        (lambda t: t["operations"][0].update(pages="plate.page"), "page operation"),
        (lambda t: t["operations"][0].update(where="body"), "body exactly for POST"),
        (lambda t: t["operations"][0]["fields"]["topn"]["shape"].pop("max"), "needs a max"),
        (lambda t: t["operations"][0]["fields"]["topn"].pop("shape"), "a shape is given exactly"),
        (lambda t: t["operations"][0]["fields"]["topn"]["shape"].update(type="number"), "a limit is an integer"),
        (lambda t: t["operations"][0]["fields"]["camera"].pop("geo"), "geo is given exactly"),
        (lambda t: t["operations"][0]["fields"]["start"].update(means="window_end"), "same meaning"),
        (lambda t: t["operations"][0]["fields"].update(api_key={"means": "reason"}), "also a field"),
        (lambda t: t["operations"][0]["fields"]["camera"].update(excludes=["x"]), "not listed"),
        (lambda t: t["operations"][0]["fields"]["order"]["shape"].update(type="array"), "an array needs items"),
        (lambda t: t["answers"]["plates"].update(plate="fields.uuid"), "not listed in row"),
        (lambda t: t["answers"]["plates"].update(totals=["count"]), "nothing around it"),
        (lambda t: t["answers"]["plates"]["row"].update({"pk.x": "id"}), "through a leaf"),
        (lambda t: t["answers"]["plates"]["row"].update(fields="id"), "parent of another"),
        (lambda t: t["credential"].update(place="header"), "a parameter is named exactly"),
        (lambda t: t.update(states={"one": "AR", "two": "AR"}), "two-letter codes"),
        (lambda t: t.update(states={"ontario": "ON"}), "two-letter codes"),
    ],
)
def test_a_mistake_is_found_when_the_profile_is_loaded(tmp_path, table, spoil, says):
    spoil(table)
    assert says in "\n".join(problems(tmp_path, table))


@pytest.mark.parametrize(
    "text", ["name: a\nname: b\n", "{", "a: [", "? [1]\n: 2\n", "a: !!python/object:x.y {}\n", "\t"]
)
def test_what_is_not_plain_yaml_is_refused(tmp_path, text):
    assert problems(tmp_path, text)


@pytest.mark.parametrize("text", ["", "[]", "just text"])
def test_a_file_without_a_table_is_refused(tmp_path, text):
    assert problems(tmp_path, text)


def test_a_profile_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        FLOCK.name = "other"


@pytest.mark.parametrize("profile", [FLOCK, REKOR])
def test_every_link_in_an_answer_is_listed_as_one(profile):
    for table in profile.answers.values():
        assert {kind for path, kind in table.row.items() if path.endswith("link")} <= {"link"}
