"""Who runs a command: what the kernel knows, whatever the environment says."""

import os
import pwd

import pytest

from gateway.cli import operator as module
from gateway.cli.operator import operator

ME = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def logged_in(tmp_path, monkeypatch):
    """Makes the kernel say that this user logged in."""
    monkeypatch.setattr(module, "_LOGIN", tmp_path / "loginuid")
    return (tmp_path / "loginuid").write_text


@pytest.mark.parametrize("name", ["USER", "LOGNAME", "SUDO_USER"])
def test_nothing_that_the_environment_says_is_believed(logged_in, monkeypatch, name):
    logged_in(str(os.getuid()))
    monkeypatch.setenv(name, "somebody-else")
    assert operator() == ME


def test_who_logged_in_as_somebody_else_is_named_too(logged_in):
    logged_in("1")
    assert operator() == f"{pwd.getpwuid(1).pw_name} as {ME}"


def test_a_user_without_a_name_is_told_by_number(logged_in):
    logged_in("4123456")
    assert operator() == f"uid 4123456 as {ME}"


@pytest.mark.parametrize("text", ["4294967295", "", "nobody"])
def test_where_nobody_logged_in_the_process_is_named(logged_in, text):
    logged_in(text)
    assert operator() == ME


def test_where_the_kernel_does_not_tell_the_process_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_LOGIN", tmp_path / "none")
    assert operator() == ME
