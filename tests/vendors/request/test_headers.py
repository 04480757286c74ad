import pytest

from gateway.errors import Refusal
from gateway.reasons import Reason
from gateway.vendors import note_ignored
from gateway.vendors.request.headers import check_headers, check_own_headers
from tests.vendors.refusals import refused
from tests.vendors.samples import FLOCK, raw

READ = ["authorization", "content-type", "content-length", "x-lpr-purpose", "x-lpr-case", "x-lpr-on-behalf-of"]


@pytest.mark.parametrize("name", READ)
def test_a_header_we_read_is_refused_when_it_comes_twice(name):
    with refused(Reason.REQUEST_DUPLICATE_FIELD, field=name):
        check_own_headers(raw(headers=((name, "a"), (name, "a"))))


def test_any_other_header_that_comes_twice_is_refused_without_being_named():
    with refused(Reason.REQUEST_DUPLICATE_FIELD):
        check_own_headers(raw(headers=(("x-something", "a"), ("x-something", "b"))))


@pytest.mark.parametrize("name", ["via", "accept", "x-forwarded-for", "cookie"])
def test_a_header_that_proxies_and_browsers_repeat_may_be_repeated(name):
    check_own_headers(raw(headers=((name, "a"), (name, "b"))))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("x-lpr-purpos", "Did you mean X-LPR-Purpose? There are: X-LPR-Purpose, X-LPR-Case, X-LPR-On-Behalf-Of."),
        ("x-lpr-fna579", "There are: X-LPR-Purpose, X-LPR-Case, X-LPR-On-Behalf-Of."),
    ],
)
def test_a_header_that_is_nearly_one_of_ours_is_refused_and_never_repeated(name, told):
    with pytest.raises(Refusal) as refusal:
        check_own_headers(raw(headers=((name, "civil"),)))
    assert (refusal.value.reason, refusal.value.field) == (Reason.REQUEST_HEADER_NOT_ALLOWED, None)
    assert refusal.value.hint == told


@pytest.mark.parametrize("name", ["x-http-method-override", "x-method-override", "x-http-method", "_method"])
def test_a_header_that_changes_the_method_is_refused(name):
    with refused(Reason.REQUEST_HEADER_NOT_ALLOWED, field=name):
        check_own_headers(raw(headers=((name, "DELETE"),)))


@pytest.mark.parametrize("value", ["authorization", "close, X-LPR-Purpose", "Content-Type", "keep-alive,HOST"])
def test_a_connection_header_naming_a_header_we_read_is_refused(value):
    with refused(Reason.REQUEST_HEADER_NOT_ALLOWED, field="connection"):
        check_own_headers(raw(headers=(("connection", value),)))


def test_the_second_connection_header_is_read_too():
    with refused(Reason.REQUEST_HEADER_NOT_ALLOWED, field="connection"):
        check_own_headers(raw(headers=(("connection", "close"), ("connection", "authorization"))))


@pytest.mark.parametrize("coding", ["gzip", "br", "gzip, identity", ""])
def test_any_content_encoding_is_refused(coding):
    with refused(Reason.REQUEST_CONTENT_ENCODING):
        check_own_headers(raw(headers=(("content-encoding", coding),)))


@pytest.mark.parametrize("coding", ["identity", " Identity "])
def test_the_word_for_no_content_encoding_is_none(coding):
    check_own_headers(raw(headers=(("content-encoding", coding),)))


@pytest.mark.parametrize("name", ["x-api-key", "api-key", "x-auth-token"])
def test_a_header_with_a_credential_of_the_vendors_is_refused(name):
    with refused(Reason.REQUEST_VENDOR_CREDENTIAL, field=name):
        check_headers(FLOCK, raw(headers=((name, "secret"),)))


def test_habits_of_clients_are_ignored_and_noted():
    headers = (
        ("connection", "Upgrade, HTTP2-Settings"),
        ("upgrade", "h2c"),
        ("expect", "100-continue"),
        ("via", "1.1 proxy"),
        ("x-forwarded-for", "192.0.2.1"),
        ("accept", "*/*"),
    )
    check_headers(FLOCK, raw(headers=headers))
    assert note_ignored(raw(headers=headers)) == (
        "expect_ignored",
        "forwarded_for_ignored",
        "upgrade_ignored",
        "via_ignored",
    )
