import gzip
import io
import json
import shutil
import tarfile

import pytest

from gateway.errors import ConfigurationError
from gateway.pdp import keep_revision, load_policies, load_revision, write_bundle
from tests.pdp.policies import DECISION, TABLE, write_policy


def problems(folder):
    with pytest.raises(ConfigurationError) as refused:
        load_policies(folder)
    return refused.value.problems


def test_a_policy_is_its_rego_and_its_tables_without_its_tests(tmp_path):
    folder = write_policy(
        tmp_path,
        lpr__decision_test_rego="package lpr_test",
        notes_txt="not part of it",
        tables__retention__civil__data_yaml="days: {value: 1826}",
    )
    bundle = load_policies(folder)
    assert [path for path, _ in bundle.files] == [
        "lpr/decision.rego",
        "tables/audit/data.yaml",
        "tables/retention/civil/data.yaml",
        "tables/training/data.yaml",
    ]
    assert bundle.rego == (("lpr/decision.rego", DECISION),)
    assert bundle.data == {
        "revision": bundle.revision,
        "tables": {
            "audit": bundle.data["tables"]["audit"],
            "training": {"max_age_days": {"value": 365, "source": "agency rule", "confidence": "cited"}},
            "retention": {"civil": {"days": {"value": 1826}}},
        },
    }


SAVED_OTHERWISE = "as in a file saved as Windows or Latin-1 text: save the file as UTF-8 in the editor (“Encoding”)"


def test_the_same_files_are_the_same_revision_wherever_they_lie(tmp_path):
    first, second = write_policy(tmp_path / "a"), write_policy(tmp_path / "b")
    assert load_policies(first).revision == load_policies(second).revision


def test_a_changed_letter_a_comment_or_a_moved_file_is_another_revision(tmp_path):
    revisions = {
        load_policies(write_policy(tmp_path / "a")).revision,
        load_policies(write_policy(tmp_path / "b", decision=DECISION + "# more\n")).revision,
        load_policies(write_policy(tmp_path / "c", tables__training__data_yaml=TABLE + "# more\n")).revision,
        load_policies(write_policy(tmp_path / "d", lpr__more_rego="package lpr\n")).revision,
        load_policies(write_policy(tmp_path / "e", lpr__other_rego="package lpr\n")).revision,
    }
    assert len(revisions) == 5


def test_every_mistake_is_reported_at_once(tmp_path):
    folder = write_policy(tmp_path, tables__training__data_yaml="a: 1\na: 2", tables__usage__data_yaml="[1]")
    (folder / "lpr" / "decision.rego").write_bytes(b"# one\n# caf\xe9")
    assert problems(folder) == [
        f"lpr/decision.rego, line 2: the byte 0xe9 behind “# caf” is no UTF-8, {SAVED_OTHERWISE}",
        "tables/training/data.yaml, line 2: the name `a` is given twice in one block: leave one of the two",
        "tables/usage/data.yaml: must be a topic's folder with named values",
        "the policy folder holds no Rego",
    ]


def test_rules_that_begin_with_a_byte_order_mark_are_told_as_that(tmp_path):
    folder = write_policy(tmp_path)
    (folder / "lpr" / "decision.rego").write_text(DECISION, encoding="utf-8-sig")
    told = "save it as “UTF-8” and not as “UTF-8 with BOM”"
    assert problems(folder) == [
        f"lpr/decision.rego, line 1: the file begins with a byte order mark, which no engine reads: {told}"
    ]


def test_a_folder_without_rego_is_no_policy(tmp_path):
    assert problems(tmp_path) == ["the policy folder holds no Rego"]


def test_a_link_to_a_file_elsewhere_is_no_part_of_a_policy(tmp_path):
    folder = write_policy(tmp_path / "policies")
    (folder / "lpr" / "linked.rego").symlink_to(folder / "lpr" / "decision.rego")
    assert problems(folder) == ["lpr/linked.rego: must be a plain file of at most 1 MiB in UTF-8"]


def test_a_huge_file_is_refused(tmp_path):
    folder = write_policy(tmp_path, lpr__huge_rego="package lpr\n" + "#" * (1 << 20))
    assert problems(folder) == ["lpr/huge.rego: must be a plain file of at most 1 MiB in UTF-8"]


@pytest.mark.parametrize("name", ["tables__data_yaml", "tables__training__max_age_days__data_yaml"])
def test_tables_lie_in_a_topic_and_never_one_over_another(tmp_path, name):
    assert problems(write_policy(tmp_path, **{name: "value: 1"}))


def test_an_opa_bundle_owns_everything_and_names_its_revision(tmp_path, small):
    write_bundle(small, tmp_path / "bundle.tar.gz")
    with tarfile.open(tmp_path / "bundle.tar.gz") as archive:
        content = {name: archive.extractfile(name).read() for name in archive.getnames()}
    assert json.loads(content[".manifest"]) == {"revision": small.revision, "roots": [""], "rego_version": 1}
    assert json.loads(content["data.json"]) == small.data
    assert content["lpr/decision.rego"].decode() == DECISION
    assert len(content) == 3


def test_the_same_policy_is_the_same_bundle_bytes(tmp_path, small):
    write_bundle(small, tmp_path / "one.tar.gz")
    write_bundle(load_policies(write_policy(tmp_path / "again")), tmp_path / "two.tar.gz")
    packed = (tmp_path / "one.tar.gz").read_bytes()
    assert packed == (tmp_path / "two.tar.gz").read_bytes()
    assert gzip.GzipFile(fileobj=io.BytesIO(packed)).read()


def test_a_revision_is_kept_readable_under_its_name(tmp_path, small):
    kept = keep_revision(small, tmp_path / "state")
    assert kept == tmp_path / "state" / "revisions" / small.revision
    assert (kept / "lpr" / "decision.rego").read_text() == DECISION
    assert load_revision(small.revision, tmp_path / "state") == small


def test_keeping_a_revision_again_changes_nothing(tmp_path, small):
    first = keep_revision(small, tmp_path / "state")
    written = {path: path.stat().st_mtime_ns for path in first.rglob("*")}
    assert keep_revision(small, tmp_path / "state") == first
    assert {path: path.stat().st_mtime_ns for path in first.rglob("*")} == written
    assert [path.name for path in first.parent.iterdir()] == [small.revision]


def test_a_kept_revision_that_was_changed_is_found_out(tmp_path, small):
    kept = keep_revision(small, tmp_path / "state")
    (kept / "lpr" / "decision.rego").write_text(DECISION.replace("allow := false", "allow := true"))
    with pytest.raises(ConfigurationError, match="has been changed"):
        keep_revision(small, tmp_path / "state")


def test_a_revision_that_is_not_kept_or_is_no_policy_any_more_is_told_with_its_folder(tmp_path, small):
    kept = keep_revision(small, tmp_path / "state")
    shutil.rmtree(kept / "lpr")
    with pytest.raises(ConfigurationError, match=f"policy {small.revision[:12]} has been changed: {kept}"):
        load_revision(small.revision, tmp_path / "state")
    shutil.rmtree(kept)
    with pytest.raises(
        ConfigurationError, match=f"policy {small.revision[:12]} is not kept: there is no folder {kept}"
    ):
        load_revision(small.revision, tmp_path / "state")


def test_a_revision_never_kept_is_not_found(tmp_path, small):
    keep_revision(small, tmp_path / "state")
    shutil.rmtree(tmp_path / "state" / "revisions" / small.revision)
    for name in (small.revision, "../revisions", ""):
        with pytest.raises(ConfigurationError):
            load_revision(name, tmp_path / "state")
