"""The policy in force as a bundle that OPA verifies: OPA's own signature format, by a key of this installation.

OPA checks the signature and takes any bundle that has one, however old. That an old one is not decided by is for the
gateway: it holds each answer to the revision in force, which only a signed act of the history can change.
"""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.canonical import canonical
from gateway.durable import write_once, write_whole
from gateway.errors import ConfigurationError
from gateway.pdp import Bundle

KEY_ID = "lpr"
ALGORITHM = "ES256"
PRIVATE_NAME, PUBLIC_NAME = "bundle-signing.pem", "bundle-verification.pem"
_PEM = serialization.Encoding.PEM


def make_bundle_key(secrets: Path, public: Path) -> None:
    """Make the installation's bundle key once; its public side lies where OPA's operator fetches it, and is always that key's."""
    if not (secrets / PRIVATE_NAME).exists():
        key, form = ec.generate_private_key(ec.SECP256R1()), serialization.PrivateFormat.PKCS8
        write_once(secrets / PRIVATE_NAME, key.private_bytes(_PEM, form, serialization.NoEncryption()))
    with suppress(ConfigurationError):  # whoever signs with it tells that it is damaged
        _publish(read_bundle_key(secrets), public / PUBLIC_NAME)


def _publish(key: ECKey, path: Path) -> None:
    """Lay the public side there, in place of that of a key of before."""
    text = key.as_pem(private=False)
    if not path.exists() or path.read_bytes() != text:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, [text])


def read_bundle_key(secrets: Path) -> ECKey:
    """The private key.

    Raises:
        ConfigurationError: it is missing or damaged.
    """
    try:
        return ECKey.import_key((secrets / PRIVATE_NAME).read_bytes())
    except (OSError, ValueError):
        raise ConfigurationError([f"{secrets / PRIVATE_NAME} is missing or damaged; restore it"]) from None


def sign_bundle(bundle: Bundle, key: ECKey) -> bytes:
    """The bundle as a gzipped tar with `.signatures.json`, which owns all of OPA's data."""
    manifest = canonical({"revision": bundle.revision, "roots": [""], "rego_version": 1})
    members = {".manifest": manifest, "data.json": bundle.data_text, **dict(bundle.rego)}
    token = jwt.encode({"alg": ALGORITHM, "kid": KEY_ID}, _payload(members), key)
    return _pack({**members, ".signatures.json": canonical({"signatures": [token]})})


def _payload(members: Mapping[str, str]) -> dict[str, Any]:
    """Every file with its hash. OPA hashes structured files by their value, which is what canonical text stands for."""
    files = [
        {"name": name, "hash": hashlib.sha256(text.encode()).hexdigest(), "algorithm": "SHA-256"}
        for name, text in sorted(members.items())
    ]
    return {"files": files, "keyid": KEY_ID, "scope": ""}


def _pack(members: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, text in members.items():
            content = text.encode()
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()
