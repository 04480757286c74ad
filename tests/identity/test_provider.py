"""What of a key set counts, and what an identity provider may not do to us."""

import http.server
import json
import threading
from contextlib import contextmanager

import pytest

from gateway.identity.provider import ProviderFailure, fetch_keys, read_keys
from gateway.value import replace
from tests.forward_proxies import LittleProxy
from tests.identity.issuers import EC, EC_OTHER, ISSUER, RSA

WEAK = {"kty": "RSA", "e": "AQAB", "n": "v" * 171}  # 1024 bits


def public(key, **more):
    return key.as_dict(private=False) | more


@contextmanager
def serving(pages):
    """A provider that answers these paths; a page is a document, bytes, or a status."""

    class Pages(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            page = pages.get(self.path, 404)
            self.send_response(page if isinstance(page, int) else 200)
            if page == 302:
                self.send_header("Location", "/keys")
            self.end_headers()
            if not isinstance(page, int):
                self.wfile.write(page if isinstance(page, bytes) else json.dumps(page).encode())

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", pages
        server.shutdown()


def test_keys_are_found_by_discovery():
    with serving({"/keys": {"keys": [public(EC, kid="a")]}}) as (url, pages):
        pages["/.well-known/openid-configuration"] = {"issuer": url, "jwks_uri": f"{url}/keys"}
        assert [*fetch_keys(replace(ISSUER, issuer=url))] == ["a"]


def test_keys_are_found_at_the_address_set_without_discovery():
    with serving({"/keys": {"keys": [public(EC, kid="a")]}}) as (url, _):
        assert [*fetch_keys(replace(ISSUER, jwks_url=f"{url}/keys"))] == ["a"]


@pytest.mark.parametrize(
    "page",
    [
        404,
        500,
        302,
        b"",
        b"<html>",
        b"[]",
        b'{"keys": {}}',
        {"keys": [{}] * 101},
        b'{"keys": [' + b" " * 300_000 + b"]}",
    ],
)
def test_what_is_no_key_set_is_no_answer(page):
    with serving({"/jwks": page, "/keys": {"keys": []}}) as (url, _), pytest.raises(ProviderFailure):
        fetch_keys(replace(ISSUER, jwks_url=f"{url}/jwks"))


@pytest.mark.parametrize(
    "change", [{"issuer": "https://other.example"}, {"jwks_uri": "file:///etc/passwd"}, {"jwks_uri": None}]
)
def test_discovery_that_names_another_issuer_or_no_keys_is_no_answer(change):
    with serving({}) as (url, pages):
        pages["/.well-known/openid-configuration"] = {"issuer": url, "jwks_uri": f"{url}/keys"} | change
        with pytest.raises(ProviderFailure):
            fetch_keys(replace(ISSUER, issuer=url))


def test_an_issuer_that_differs_by_a_slash_alone_is_told_so():
    with serving({}) as (url, pages):
        pages["/.well-known/openid-configuration"] = {"issuer": url, "jwks_uri": f"{url}/keys"}
        with pytest.raises(ProviderFailure, match="the same but for a slash at its end"):
            fetch_keys(replace(ISSUER, issuer=f"{url}/"))


def test_nobody_listening_is_no_answer():
    with serving({}) as (url, _):
        pass
    with pytest.raises(ProviderFailure, match="cannot be reached"):
        fetch_keys(replace(ISSUER, jwks_url=f"{url}/keys"))


@pytest.mark.parametrize(
    "unfit",
    [
        public(EC, use="enc"),
        public(EC, key_ops=["sign"]),
        WEAK,
        {"kty": "oct", "k": "c2VjcmV0"},
        EC_OTHER.as_dict(private=True),
        {"kty": "XYZ"},
        "text",
        public(EC, kid=7),
    ],
)
def test_a_key_that_cannot_prove_a_signature_is_left_out(unfit):
    named = unfit | {"kid": unfit.get("kid", "x")} if isinstance(unfit, dict) else unfit
    assert [*read_keys({"keys": [named, public(RSA, kid="good")]})] == ["good"]


def test_two_keys_of_the_same_id_both_count_for_nothing():
    assert [*read_keys({"keys": [public(EC, kid="a"), public(EC_OTHER, kid="a"), public(RSA, kid="b")]})] == ["b"]


def test_through_a_proxy_a_provider_is_asked_by_a_tunnel_and_the_proxys_faults_are_its_own():
    with LittleProxy({}) as proxy:
        behind = replace(ISSUER, proxy=proxy.way())
        with pytest.raises(ProviderFailure, match="the provider cannot be reached: the proxy "):
            fetch_keys(behind)
        assert proxy.hosts() == ["login.example:443"]
