"""Secrets in files: shown where the vendor wants them, read again when rejected, told to nobody."""

import pytest

from gateway.errors import ConfigurationError
from gateway.upstream import ApiKeyQuery, BearerToken, Shown
from tests.upstream.conftest import REQUEST, answer

UNICODE = "UTF-16 or UTF-32 (“Unicode”), as some editors and shells do: save it as UTF-8"


def accept_only(vendor, secret: bytes, refusal="401 Unauthorized"):
    def reply(connection, request):
        head = "HTTP/1.1 200 OK" if secret in request else f"HTTP/1.1 {refusal}"
        connection.sendall(answer(b"{}", head=head))

    vendor.reply = reply


def test_an_api_key_is_the_last_query_parameter(vendor, client_to, token_file):
    client_to(vendor.url, credential=ApiKeyQuery(token_file, "api_key")).call(REQUEST)
    assert b"/api/v3/reads/lookup?api_key=a-vendor-token HTTP/1.1" in vendor.requests[0]
    assert b"Authorization" not in vendor.requests[0]


@pytest.mark.parametrize("refusal", ["401 Unauthorized", "403 Forbidden"])
@pytest.mark.parametrize("kind", [BearerToken, lambda path: ApiKeyQuery(path, "api_key")], ids=["bearer", "api key"])
def test_a_rotated_secret_is_taken_up_when_the_vendor_rejects_the_old_one(vendor, client_to, token_file, kind, refusal):
    client = client_to(vendor.url, credential=kind(token_file))
    accept_only(vendor, b"a-rotated-token", refusal)
    token_file.write_text("a-rotated-token")
    assert client.call(REQUEST).status == 200
    assert client.call(REQUEST).status == 200
    assert len(vendor.requests) == 3


def test_a_rejected_secret_that_is_still_the_same_is_not_sent_again(vendor, client_to):
    accept_only(vendor, b"another")
    assert client_to(vendor.url).call(REQUEST).status == 401
    assert len(vendor.requests) == 1


def test_a_secret_file_that_is_away_leaves_the_old_secret_in_use(vendor, client_to, token_file):
    client = client_to(vendor.url)
    accept_only(vendor, b"another")
    token_file.unlink()
    assert client.call(REQUEST).status == 401


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"two\nlines", "holds more than one line"),
        (b"with space", "holds a blank"),
        (b"x" * 8193, "holds more than 8192 characters"),
        (b"t\xc3\xb6ken", "holds a character that is no printable ASCII (a byte order mark, perhaps)"),
        ("token\r\n".encode("utf-16"), f"is written in {UNICODE}"),
        ("token\n".encode("utf-16-be"), f"is written in {UNICODE}"),
        (b"\xff", "holds a character that is no printable ASCII (a byte order mark, perhaps)"),
    ],
)
def test_a_file_that_holds_no_plain_secret_is_a_mistake_that_names_it_and_what_is_wrong(tmp_path, content, fault):
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        BearerToken(path)
    assert caught.value.problems == [f"{path}: the secret file {fault}"]


def test_a_credential_does_not_show_itself(token_file):
    for credential in (BearerToken(token_file), ApiKeyQuery(token_file, "api_key")):
        assert "a-vendor-token" not in repr(credential)
    assert "secret" not in repr(Shown(headers=(("Authorization", "secret"),), query=(("api_key", "secret"),)))
