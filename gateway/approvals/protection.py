"""How plates and written text lie in the store: sealed for whoever decides, and as a keyed hash that requests compare.

Both keys come from one secret of the installation (`state/secrets/approvals`), which is not in the store. A request only
ever compares hashes; a plate is opened when somebody who may decide looks at that one row, and that is recorded.
"""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import Refusal
from gateway.plates import SoughtPlate, fold, in_clear
from gateway.reasons import Reason

_NONCE = 12
_PADDED_TO = 32


class PlateProtection:
    """Seals and hashes with keys derived from the installation's secret."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(hmac.digest(secret, b"approvals: seal", hashlib.sha256))
        self._hash_key = hmac.digest(secret, b"approvals: hash", hashlib.sha256)

    def hash_plate(self, plate: SoughtPlate, case_number: str) -> str:
        """What a plate in a case is compared by; of another case it gives another hash, so nothing can be joined."""
        told = f"{case_number}\0{in_clear(fold(plate))}".encode()
        return hmac.digest(self._hash_key, told, hashlib.sha256).hex()

    def seal(self, text: str, row_id: str, column: str) -> str:
        """The text as it may lie in this column of this row, and opens nowhere else."""
        nonce = os.urandom(_NONCE)
        content = text.encode()
        padded = content + b"\0" * (-len(content) % _PADDED_TO)  # lengths tell less
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, padded, f"{row_id}\0{column}".encode())).decode()

    def open(self, sealed: str | None, row_id: str, column: str) -> str | None:
        """The text; None where there is none.

        Raises:
            Refusal: STORE_UNAVAILABLE, it was sealed elsewhere, or changed.
        """
        if sealed is None:
            return None
        try:
            blob = base64.b64decode(sealed, validate=True)
            content = self._cipher.decrypt(blob[:_NONCE], blob[_NONCE:], f"{row_id}\0{column}".encode())
        except (ValueError, InvalidTag):
            raise Refusal(Reason.STORE_UNAVAILABLE, note="a sealed field does not open") from None
        return content.rstrip(b"\0").decode()
