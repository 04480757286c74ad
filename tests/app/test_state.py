"""The secrets that a store was kept with: one that is lost or changed is told, and none is made in its place."""

import shutil

import pytest

from gateway.app.state import LASTING, read_impact_key
from gateway.settings import load_settings
from tests.http.installation import Installation, Place


@pytest.fixture
def begun(tmp_path):
    made = Installation(tmp_path, [Place(profile="rekor", at="/rekor", upstream="http://127.0.0.1:1")])
    made.import_facts()
    made.person("u01")
    return made


@pytest.mark.parametrize("name", LASTING)
def test_a_lost_secret_is_told_and_not_made_anew(begun, name):
    path = begun.state / "secrets" / name
    path.unlink()
    for command in (("config", "check"), ("keys", "list"), ("serve",)):
        result = begun.run(*command)
        assert (result.exit_code, path.exists()) == (2, False), command
        assert f"{path.parent} lacks: restore {name} from a back-up" in result.stderr
    assert f"restore {name} from a back-up" in begun.run("doctor").stdout


@pytest.mark.parametrize("name", LASTING)
def test_another_one_in_its_place_is_told(begun, name):
    path = begun.state / "secrets" / name
    path.write_bytes(b"x" * 32)
    told = f"{path} is not the one that this store was kept with: restore it from a back-up"
    for command in (("config", "check"), ("keys", "list"), ("serve",)):
        assert told in begun.run(*command).stderr


@pytest.mark.parametrize("name", ["tokens", "pages"])
def test_tokens_and_pages_end_with_their_secret_which_is_then_made_anew(begun, name):
    path = begun.state / "secrets" / name
    path.unlink()
    assert begun.run("keys", "list").exit_code == 0
    assert path.exists()


def test_a_folder_for_several_gateways_is_not_begun_anew_beside_the_secrets_of_before(begun):
    shared = begun.folder / "shared"
    begun.config.write_text(begun.config.read_text() + f'\n[store]\nsecrets_directory = "{shared}"\n')
    for command in (("config", "check"), ("keys", "list"), ("serve",)):
        result = begun.run(*command)
        assert (result.exit_code, shared.exists()) == (2, False), command
        assert f"secrets_directory: {shared} lacks {', '.join(LASTING)}" in result.stderr
        assert "copy them there" in result.stderr
    assert "copy them there" in begun.run("doctor").stdout
    shutil.copytree(begun.state / "secrets", shared)
    assert begun.run("keys", "list").exit_code == 0


def test_the_key_that_seals_impact_reports_is_each_gateways_own_and_made_anew_where_it_is_lost(begun):
    shared, path = begun.folder / "shared", begun.state / "secrets" / "impact"
    shutil.copytree(begun.state / "secrets", shared)
    (shared / "impact").write_bytes(b"x" * 32)
    begun.config.write_text(begun.config.read_text() + f'\n[store]\nsecrets_directory = "{shared}"\n')
    assert read_impact_key(load_settings(begun.config, {})) == path.read_bytes() != b"x" * 32
    before, mode = path.read_bytes(), path.stat().st_mode & 0o777
    path.unlink()
    assert begun.run("policy", "deactivate", "--why", "A leak.").exit_code == 0
    assert (path.read_bytes() != before, mode) == (True, 0o600)
