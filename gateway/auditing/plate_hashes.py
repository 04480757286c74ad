"""A plate as the record knows it: its hashes, one for each epoch whose key can be had."""

from dataclasses import dataclass, field
from pathlib import Path

from gateway.errors import ConfigurationError
from gateway.ledger.epochs import NoEpochOpenedError, plate_hashes, wrapped_folder
from gateway.plates import TypedPlate, is_accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateHashes:
    """What to look for, and the ended epochs that stay closed: their keys are wrapped to auditors, or destroyed."""

    hashes: tuple[str, ...] = field(repr=False)
    epochs: tuple[str, ...]
    closed: tuple[str, ...]


def look_up(plate: TypedPlate, *, directory: Path, secrets: Path, private_key: str | None = None) -> PlateHashes:
    """The hashes of a plate as typed: the present epoch's from the host, older ones with an auditor's private key.

    An auditor who came after all older ones opens none of them, and still finds the plate in the present one.

    Raises:
        ConfigurationError: it is no plate, or the key opens nothing.
    """
    if not is_accepted(plate):
        raise ConfigurationError(["a plate has letters, digits, spaces and hyphens only"])
    try:
        found = plate_hashes(plate, directory=directory, secrets_directory=secrets, private_key=private_key)
    except NoEpochOpenedError:
        found = plate_hashes(plate, directory=directory, secrets_directory=secrets)
        if not found:
            raise
    wrapped = {path.stem for path in wrapped_folder(directory).glob("e*.age")}
    return PlateHashes(hashes=tuple(found.values()), epochs=tuple(found), closed=tuple(sorted(wrapped - found.keys())))
