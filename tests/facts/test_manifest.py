from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.errors import ConfigurationError
from gateway.facts.importer import import_facts, preview_facts
from gateway.facts.manifest import sign
from gateway.facts.queries import revisions
from tests.facts.agency import NOW, manifest, write_agency, write_manifest
from tests.facts.terms import import_terms

PRIVATE = Ed25519PrivateKey.generate()
PUBLIC = PRIVATE.public_key()


@pytest.fixture
def directory(tmp_path):
    return write_agency(tmp_path / "agency")


@pytest.fixture
def refused(directory, sqlite_url):
    """The problems of an import with this manifest."""

    def problems(document, **options):
        write_manifest(directory, document)
        with pytest.raises(ConfigurationError) as caught:
            import_facts(directory, url=sqlite_url, terms=import_terms(now=NOW, **options))
        return caught.value.problems

    return problems


def test_with_a_true_manifest_the_age_runs_from_as_of(directory, url):
    write_manifest(directory, manifest(directory, serial=7, as_of="2026-11-22T12:00:00Z"))
    report = import_facts(directory, url=url, terms=import_terms(now=NOW, require_manifest=True))
    assert report.as_of == datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert revisions(url)[0].serial == 7


@pytest.mark.parametrize(("as_of", "told"), [("2026-11-21T11:00:00Z", True), ("2026-11-21T20:00:00Z", False)])
def test_facts_that_are_too_old_when_they_come_are_taken_with_a_warning(directory, url, as_of, told):
    write_manifest(directory, manifest(directory, serial=7, as_of=as_of))
    for act in (preview_facts, import_facts):
        warned = act(directory, url=url, terms=import_terms(now=NOW)).warnings
        assert any("everything is denied (facts_stale)" in sentence for sentence in warned) is told


def test_a_required_manifest_that_is_not_there_is_a_mistake(directory, url):
    with pytest.raises(ConfigurationError) as caught:
        import_facts(directory, url=url, terms=import_terms(now=NOW, require_manifest=True))
    assert caught.value.problems == ["manifest.json: is required"]


@pytest.mark.parametrize("serial", [6, 7])
def test_the_serial_must_grow_whatever_was_imported_between(directory, url, serial):
    write_manifest(directory, manifest(directory, serial=7))
    import_facts(directory, url=url, terms=import_terms(now=NOW))
    (directory / "manifest.json").unlink()
    import_facts(directory, url=url, terms=import_terms(now=NOW))
    write_manifest(directory, manifest(directory, serial=serial))
    with pytest.raises(ConfigurationError) as caught:
        import_facts(directory, url=url, terms=import_terms(now=NOW))
    assert caught.value.problems == ["manifest.json: serial must be greater than 7, the last one imported"]


def test_a_file_other_than_described_is_a_mistake(directory, refused):
    document = manifest(directory)
    with (directory / "users.csv").open("a") as file:
        file.write("u21,,,,,\n")
    sentence = "users.csv: is not the file that manifest.json describes (its SHA-256 and its number of rows are others)"
    assert refused(document) == [sentence]


def test_a_wrong_count_of_rows_is_a_mistake(directory, refused):
    document = manifest(directory)
    document["files"]["cases.csv"]["rows"] += 1
    assert refused(document) == [
        "cases.csv: is not the file that manifest.json describes (it has 4 rows below the header, not 5)"
    ]


def test_every_one_of_the_nine_and_no_other_is_named(directory, refused):
    document = manifest(directory)
    document["files"]["more.csv"] = document["files"].pop("cases.csv")
    assert refused(document) == [
        "manifest.json: names a file that is none of the nine",
        "manifest.json: does not name cases.csv",
    ]


def test_an_as_of_in_the_future_is_a_mistake_but_clocks_a_little_apart_are_not(directory, refused, sqlite_url):
    ahead = manifest(directory, as_of="2026-11-22T14:05:01Z")
    assert refused(ahead) == ["manifest.json: as_of lies in the future"]
    write_manifest(directory, manifest(directory, as_of="2026-11-22T14:04:00Z"))
    assert import_facts(directory, url=sqlite_url, terms=import_terms(now=NOW)).as_of == NOW


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"as_of": "2026-11-22", "serial": 1, "files": {}}',
        '{"as_of": "2026-11-22T12:00:00Z", "serial": "1", "files": {}}',
        '{"as_of": "2026-11-22T12:00:00Z", "serial": true, "files": {}}',
        '{"as_of": "2026-11-22T12:00:00Z", "serial": 0, "files": {}}',
        '{"as_of": "2026-11-22T12:00:00Z", "serial": 1, "files": []}',
        '{"as_of": "2026-11-22T12:00:00Z", "serial": 1, "files": {"users.csv": {"sha256": 1, "rows": 1}}}',
        '{"as_of": "2026-11-22T12:00:00Z", "serial": 1, "files": {}, "more": 1}',
        '{"as_of": "2026-11-22T12:00:00Z", "serial": 1, "serial": 2, "files": {}}',
        '{"as_of": "2026-11-22T12:00:00Z", "serial": 1, "files": {}, "signature": "?"}',
        "[" * 100_000,
    ],
)
def test_a_manifest_of_another_shape_is_a_mistake(directory, sqlite_url, text):
    (directory / "manifest.json").write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        import_facts(directory, url=sqlite_url, terms=import_terms(now=NOW))
    assert caught.value.problems[0].startswith("manifest.json: must be ")


def test_a_manifest_signed_by_the_configured_key_is_accepted_and_remembered(directory, url):
    write_manifest(directory, sign(manifest(directory), PRIVATE))
    report = import_facts(directory, url=url, terms=import_terms(now=NOW, public_key=PUBLIC))
    assert not any("manifest" in sentence for sentence in report.warnings)
    assert revisions(url)[0].signed is True


def test_with_a_configured_key_an_unsigned_or_wrongly_signed_manifest_is_a_mistake(directory, refused, sqlite_url):
    document = manifest(directory)
    unsigned = ["manifest.json: must be signed, since a public key is configured"]
    invalid = ["manifest.json: the signature is not valid for the configured public key"]
    assert refused(document, public_key=PUBLIC) == unsigned
    assert refused(sign(document, Ed25519PrivateKey.generate()), public_key=PUBLIC) == invalid
    assert refused(sign(document, PRIVATE) | {"serial": 2}, public_key=PUBLIC) == invalid
    (directory / "manifest.json").unlink()
    with pytest.raises(ConfigurationError) as caught:
        import_facts(directory, url=sqlite_url, terms=import_terms(now=NOW, public_key=PUBLIC))
    assert caught.value.problems == ["manifest.json: is required, signed by the feed's key"]


def test_a_manifest_that_cannot_be_read_is_told_as_that_and_not_as_missing_or_unsigned(directory, sqlite_url):
    (directory / "manifest.json").write_text("{")
    with pytest.raises(ConfigurationError) as caught:
        import_facts(directory, url=sqlite_url, terms=import_terms(now=NOW, public_key=PUBLIC, require_manifest=True))
    [problem] = caught.value.problems
    assert problem.startswith('manifest.json: must be {"as_of"')


def test_without_a_configured_key_a_signature_is_not_taken_for_verified(directory, url):
    write_manifest(directory, sign(manifest(directory), PRIVATE))
    report = import_facts(directory, url=url, terms=import_terms(now=NOW))
    assert "manifest.json: no public key is configured, so nobody vouches for its origin" in report.warnings
    assert revisions(url)[0].signed is False


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"as_of": "2026-11-22T06:00:00"}, "as_of is a time with its zone, as 2026-11-22T06:00:00Z"),
        ({"serial": "7"}, "serial is a whole number, 1 or more, without quotation marks"),
        ({"files": {"users.csv": {"sha256": "0", "rows": "5"}}}, "rows, a number without quotation marks"),
        ({"more": 1}, "it has other members besides these"),
    ],
)
def test_of_a_manifest_that_is_not_in_its_form_it_is_told_what_is_not(directory, refused, changes, told):
    [problem] = refused(manifest(directory) | changes)
    assert problem.endswith(told)


def test_a_manifest_may_begin_with_a_byte_order_mark_and_one_in_utf_16_is_told_as_that_alone(directory, sqlite_url):
    path = directory / "manifest.json"
    write_manifest(directory, manifest(directory))
    text = path.read_text()
    path.write_text(text, encoding="utf-16")
    preview = preview_facts(directory, url=sqlite_url, terms=import_terms(now=NOW))
    assert [problem.rpartition("; ")[2] for problem in preview.problems] == ["it is UTF-16: save it as UTF-8"]
    assert not any("no manifest.json" in told for told in preview.warnings)
    path.write_text(text, encoding="utf-8-sig")
    assert import_facts(directory, url=sqlite_url, terms=import_terms(now=NOW)).rows
