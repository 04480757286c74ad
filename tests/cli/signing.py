"""Who signs policies in these tests, why, and how a signer's key is made."""

from click.testing import CliRunner

from gateway.cli import main

WHY = "The board decided so."
NAMES = ("ada.lane", "bob.reed")


def make_key(name, file, *options):
    return CliRunner().invoke(main, ["policy", "keygen", "--name", name, "--out", str(file), *options])
