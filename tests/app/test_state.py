"""The secrets that a store was kept with: one that is lost or changed is told, and none is made in its place."""

import shutil

import pytest

from gateway.app.state import LASTING
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
