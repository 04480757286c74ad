"""A plate as the record knows it: its hashes, one for each epoch whose key can be had."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from gateway.errors import ConfigurationError
from gateway.ledger.epoch_keys import NoEpochOpenedError, plate_hashes
from gateway.plates import WILDCARD, TypedPlate, in_clear, is_sought
from gateway.unseen import find_unseen


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateHashes:
    """What to look for, and the epochs under whose keys; those of others are wrapped to auditors, destroyed or missing.

    `part`: they are of a part of a plate, and of what was searched by that very part.
    """

    hashes: tuple[str, ...] = field(repr=False)
    epochs: tuple[str, ...]
    part: bool = False


def look_up(
    plate: TypedPlate,
    *,
    directory: Path,
    secrets: Path,
    private_key: str | None = None,
    altered: Collection[str] = (),
) -> PlateHashes:
    """The hashes of a plate, or of a part of one, as typed: the present epoch's from the host, older ones with an auditor's private key.

    Of epochs whose wrapped key was `altered`, that is not used. An auditor who came after all older ones opens none of them, and still finds the plate in the present one.

    Raises:
        ConfigurationError: it is no plate, or the key opens nothing.
    """
    if not is_sought(plate):
        told = f"a plate has letters, digits, spaces and hyphens only, and {WILDCARD} for what is not known of it"
        unseen = find_unseen(in_clear(plate))
        raise ConfigurationError([f"{told}; {unseen} cannot be seen" if unseen else told])
    try:
        found = plate_hashes(
            plate, directory=directory, secrets_directory=secrets, private_key=private_key, without=altered
        )
    except NoEpochOpenedError:
        found = plate_hashes(plate, directory=directory, secrets_directory=secrets)
        if not found:
            raise
    return PlateHashes(hashes=tuple(found.values()), epochs=tuple(found), part=WILDCARD in plate)
