"""Whom a certificate in a header is believed from, and in which form."""

import base64

import pytest

from gateway.errors import Refusal
from gateway.identity import networks, proxied_certificate
from gateway.reasons import Reason
from gateway.value import replace
from tests.identity.cards import Authority, der, escaped
from tests.identity.samples import request

AUTHORITY = Authority()
CARD = AUTHORITY.card("Stone")[0]
PROXY = networks(("10.1.0.0/16",))
RFC9440 = f":{base64.b64encode(der(CARD)).decode()}:"
SENT = {
    "rfc9440": (("client-cert", RFC9440),),
    "nginx": (("x-ssl-client-verify", "SUCCESS"), ("x-ssl-client-cert", escaped(CARD))),
    "envoy": (("x-forwarded-client-cert", f'Hash=ab;Cert="{escaped(CARD)}";Subject="CN=Stone"'),),
}


def certificate(form, *headers, source="10.1.2.3"):
    return proxied_certificate(replace(request(b"", *headers), source_ip=source), PROXY, form)


def refused(form, *headers, source="10.1.2.3"):
    with pytest.raises(Refusal) as error:
        certificate(form, *headers, source=source)
    return error.value.reason


@pytest.mark.parametrize("form", SENT)
def test_a_trusted_proxys_header_is_the_certificate_it_names(form):
    assert certificate(form, *SENT[form]) == der(CARD)


@pytest.mark.parametrize("form", SENT)
def test_the_same_header_from_anybody_else_is_refused(form):
    assert refused(form, *SENT[form], source="192.0.2.7") is Reason.CERTIFICATE_UNTRUSTED


@pytest.mark.parametrize("form", SENT)
@pytest.mark.parametrize("configured", [None, *SENT])
def test_only_the_configured_form_counts(form, configured):
    if form != configured:
        assert refused(configured, *SENT[form]) is Reason.CERTIFICATE_UNTRUSTED


def test_two_forms_at_once_or_one_twice_are_refused():
    assert refused("nginx", *SENT["nginx"], *SENT["envoy"]) is Reason.CERTIFICATE_UNTRUSTED
    assert refused("rfc9440", *SENT["rfc9440"], *SENT["rfc9440"]) is Reason.CERTIFICATE_UNTRUSTED


def test_without_such_a_header_there_is_no_certificate():
    assert certificate("nginx", ("x-forwarded-for", "192.0.2.9"), source="192.0.2.7") is None


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        ("FAILED:certificate revoked", Reason.CERTIFICATE_REVOKED),
        ("FAILED:certificate has expired", Reason.CERTIFICATE_EXPIRED),
        ("FAILED:certificate is not yet valid", Reason.CERTIFICATE_EXPIRED),
        ("FAILED:CRL has expired", Reason.CERTIFICATE_INVALID),
        ("FAILED:unable to get issuer certificate", Reason.CERTIFICATE_INVALID),
        ("NONE", Reason.CERTIFICATE_INVALID),
        ("success", Reason.CERTIFICATE_INVALID),
        ("", Reason.CERTIFICATE_INVALID),
    ],
)
def test_a_certificate_that_nginx_does_not_vouch_for_is_refused(verdict, reason):
    assert refused("nginx", ("x-ssl-client-verify", verdict), ("x-ssl-client-cert", escaped(CARD))) is reason


def test_a_list_that_the_proxy_lacks_is_told_as_no_fault_of_the_card_and_of_one_that_signed_itself_it_is_not():
    told = {}
    for shown in (CARD, AUTHORITY.certificate):
        sent = (("x-ssl-client-verify", "FAILED:unable to get certificate CRL"), ("x-ssl-client-cert", escaped(shown)))
        with pytest.raises(Refusal) as refusal:
            certificate("nginx", *sent)
        told[shown] = (refusal.value.note, "It is not the card: the proxy" in str(refusal.value.hint))
    assert told == {
        CARD: ("no revocation list in force at the proxy", True),
        AUTHORITY.certificate: ("issuer", False),
    }


def test_nginx_saying_that_there_was_none_is_no_certificate():
    assert certificate("nginx", ("x-ssl-client-verify", "NONE"), ("x-ssl-client-cert", "")) is None


@pytest.mark.parametrize(
    ("form", "header", "value"),
    [
        ("rfc9440", "client-cert", RFC9440.strip(":")),
        ("rfc9440", "client-cert", ":MII*:"),
        ("rfc9440", "client-cert", ""),
        ("envoy", "x-forwarded-client-cert", "Hash=ab"),
        ("envoy", "x-forwarded-client-cert", f'Cert="{escaped(CARD)}",Cert="{escaped(CARD)}"'),
        ("envoy", "x-forwarded-client-cert", 'Cert="x"'),
    ],
)
def test_what_cannot_be_read_is_refused(form, header, value):
    assert refused(form, (header, value)) is Reason.CERTIFICATE_INVALID
