"""Is gunicorn inside what this worker was written for? Asked at start; where it is not, nothing is served."""

import inspect
from collections.abc import Mapping
from typing import Any, Final

from gunicorn.app.base import BaseApplication
from gunicorn.workers.base import Worker

from gateway.errors import ConfigurationError

HOOKS: Final[Mapping[type, Mapping[str, tuple[str, ...]]]] = {
    Worker: {
        "__init__": ("self", "age", "ppid", "sockets", "app", "timeout", "cfg", "log"),
        "init_process": ("self",),
        "load_wsgi": ("self",),
        "run": ("self",),
        "notify": ("self",),
    },
    BaseApplication: {"load_config": ("self",), "load": ("self",)},
}
"""What is overridden or called, with the parameters that it is known by."""
_HTTP2: Final = {"http_protocols": "h1", "http2_cleartext": "off"}


def find_changes(hooks: Mapping[type, Mapping[str, tuple[str, ...]]] = HOOKS) -> list[str]:
    """A sentence for each hook that is gone, or takes other parameters than it did."""
    found = []
    for owner, names in hooks.items():
        for name, known in names.items():
            hook = getattr(owner, name, None)
            taken = tuple(inspect.signature(hook).parameters) if callable(hook) else None
            if taken != known:
                found.append(
                    f"gunicorn: {owner.__name__}.{name} is not what this version of the gateway was written for"
                )
    return found


def check_inside(cfg: Any) -> None:  # noqa: ANN401 - gunicorn's configuration
    """Nothing, where all is as known and HTTP/2 is off.

    Raises:
        ConfigurationError: with every difference; nothing may be served then.
    """
    problems = find_changes()
    problems += [f"gunicorn: {name} must be {value}" for name, value in _HTTP2.items() if _read(cfg, name) != value]
    if problems:
        raise ConfigurationError(problems)


def _read(cfg: Any, name: str) -> str:  # noqa: ANN401
    value = cfg.settings[name].get() if name in cfg.settings else None
    return ",".join(value) if isinstance(value, list | tuple) else str(value)
