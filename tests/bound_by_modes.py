"""For tests that run as root: for a while root may read only what the modes of files let it, as everybody else."""

import contextlib
import ctypes
import os
from collections.abc import Iterator

_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Set(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


@contextlib.contextmanager
def bound_by_modes() -> Iterator[None]:
    """This thread has given up root's right to pass over the modes of files; it takes it again at the end."""
    if os.geteuid() != 0:
        yield
        return
    before = _get()
    given = _get()
    given[0].effective &= ~(1 << _DAC_OVERRIDE | 1 << _DAC_READ_SEARCH)
    _set(given)
    try:
        yield
    finally:
        _set(before)


def _get() -> "ctypes.Array[_Set]":
    sets = (_Set * 2)()
    _call("capget", sets)
    return sets


def _set(sets: "ctypes.Array[_Set]") -> None:
    _call("capset", sets)


def _call(name: str, sets: "ctypes.Array[_Set]") -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(ctypes.byref(_Header(_VERSION, 0)), ctypes.byref(sets)) != 0:
        raise OSError(ctypes.get_errno(), name)
