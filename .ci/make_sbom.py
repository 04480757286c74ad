"""The bill of materials (CycloneDX 1.6, JSON) of what `requirements.lock` pins: what is installed to run, and for tests.

    python .ci/make_sbom.py requirements.lock pyproject.toml OUT

It is made from the lock alone: the same lock gives the same document, but for the time it was made.
"""

import hashlib
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

TESTS_ONLY = "# Only for tests, below this line.\n"
_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)(?: *; *(?P<marker>[^\\]+?))? *\\?$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def components(lock: str) -> Iterator[Component]:
    """Every pinned distribution, with the digests of its files; those only for tests are marked as excluded.

    Raises:
        ValueError: a line is neither a pin nor a digest.
    """
    for part, scope in zip(lock.split(TESTS_ONLY), (ComponentScope.REQUIRED, ComponentScope.EXCLUDED), strict=False):
        entries = [entry for entry in re.split(r"\n(?=\S)", part.strip("\n")) if entry and not entry.startswith("#")]
        yield from (_component(entry, scope) for entry in entries)


def _component(entry: str, scope: ComponentScope) -> Component:
    first, *rest = entry.splitlines()
    pinned = _PINNED.match(first)
    if pinned is None or not all(_HASH.search(line) for line in rest):
        raise ValueError(f"not a pin with its digests: {first}")
    name, version, marker = pinned["name"], pinned["version"], pinned["marker"]
    return Component(
        type=ComponentType.LIBRARY,
        name=name,
        version=version,
        scope=scope,
        purl=PackageURL("pypi", None, name.lower().replace("_", "-"), version),
        bom_ref=f"{name}=={version}{f';{marker}' if marker else ''}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in _HASH.findall(entry)],
        properties=[Property(name="lpr-gateway:marker", value=marker)] if marker else [],
    )


def make_sbom(lock: Path, project: Path) -> str:
    """The document."""
    text = lock.read_text(encoding="utf-8")
    told = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    listed = list(components(text))
    bom = Bom(components=listed, serial_number=uuid.UUID(hashlib.sha256(text.encode()).hexdigest()[:32]))
    bom.metadata.component = Component(
        type=ComponentType.APPLICATION, name=told["name"], version=told["version"], bom_ref=told["name"]
    )
    bom.register_dependency(bom.metadata.component, [one for one in listed if one.scope is ComponentScope.REQUIRED])
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


if __name__ == "__main__":
    Path(sys.argv[3]).write_text(make_sbom(Path(sys.argv[1]), Path(sys.argv[2])), encoding="utf-8")
