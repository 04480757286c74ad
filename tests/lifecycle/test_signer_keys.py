import pytest

from gateway.errors import ConfigurationError
from gateway.lifecycle.signer_keys import make_signer_key, read_signer_key


def test_a_key_is_read_as_it_was_made_and_only_by_its_owner(tmp_path):
    public = make_signer_key("ada.lane", tmp_path / "ada.key")
    assert read_signer_key(tmp_path / "ada.key").verifier == public
    assert (tmp_path / "ada.key").stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_can_read_is_refused(tmp_path):
    make_signer_key("ada.lane", tmp_path / "ada.key")
    (tmp_path / "ada.key").chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        read_signer_key(tmp_path / "ada.key")


@pytest.mark.parametrize("name", ["", "ada lane", "ada+lane", "ada\nlane"])
def test_a_name_that_a_signature_cannot_carry_is_refused(tmp_path, name):
    with pytest.raises(ConfigurationError, match="no spaces"):
        make_signer_key(name, tmp_path / "x.key")


def test_a_key_is_never_written_over(tmp_path):
    make_signer_key("ada.lane", tmp_path / "ada.key")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        make_signer_key("ada.lane", tmp_path / "ada.key")


@pytest.mark.parametrize("text", ["", "x\ny\n", "lpr-gateway policy signer\nada AAAA\n"])
def test_a_file_that_is_no_key_is_refused(tmp_path, text):
    (tmp_path / "x.key").write_text(text)
    (tmp_path / "x.key").chmod(0o600)
    with pytest.raises(ConfigurationError, match="not a signer's key"):
        read_signer_key(tmp_path / "x.key")
