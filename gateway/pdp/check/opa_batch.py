"""Many decisions by a real OPA in one go: one process, one answer a request, no server to start."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateway.errors import Refusal
from gateway.model import Decision
from gateway.pdp.bundle import Bundle, write_bundle
from gateway.pdp.check.source import OPA_TIMEOUT_S
from gateway.pdp.decision import Expected, parse_decision
from gateway.reasons import Reason

_QUERY = "[document | some request in input; document := data.lpr.decision with input as request]"


class OpaBatch:
    """Decides by one policy bundle; used outside of requests only."""

    def __init__(self, bundle: Bundle, opa_bin: Path) -> None:
        self._bundle, self._opa_bin = bundle, opa_bin
        self._expected = Expected(
            engine="opa", engine_version="OPA", revision=bundle.revision, reason_book=bundle.reason_book
        )

    def decide(self, input_text: str) -> Decision:
        """The decision on one input."""
        return self.decide_all([input_text])[0]

    def warm(self) -> None:
        """Nothing is to be made ready."""

    def health(self) -> Refusal | None:
        """None: there is no server that could be gone."""
        return None

    def decide_all(self, input_texts: Sequence[str]) -> list[Decision]:
        """The decisions on these inputs, in their order.

        Raises:
            Refusal: OPA gave no usable answer for all of them.
        """
        with tempfile.TemporaryDirectory(prefix="opa-batch-") as folder:
            packed = Path(folder) / "bundle.tar.gz"
            write_bundle(self._bundle, packed)
            command = [str(self._opa_bin), "eval", "--bundle", str(packed), "--stdin-input", "--format", "json", _QUERY]
            text = f"[{','.join(input_texts)}]".encode()
            done = subprocess.run(command, input=text, capture_output=True, check=False, timeout=OPA_TIMEOUT_S)  # noqa: S603
        try:
            documents: list[Any] = json.loads(done.stdout)["result"][0]["expressions"][0]["value"]
        except (ValueError, LookupError, TypeError):
            documents = []
        if len(documents) != len(input_texts):
            raise Refusal(Reason.ENGINE_UNDEFINED, note="OPA did not decide every request of a batch")
        return [parse_decision(document, self._expected, duration_us=0) for document in documents]
