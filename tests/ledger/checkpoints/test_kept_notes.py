import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.ledger.checkpoints.checkpoint import FIRST, Checkpoint, digest, write_checkpoint
from gateway.ledger.checkpoints.kept_notes import Damaged, read_kept
from gateway.ledger.checkpoints.note import SigningKey, sign
from gateway.ledger.heads import Head

ORIGIN = "lpr-gateway-0123456789abcdef"


@pytest.fixture(scope="module")
def notes():
    """Twelve checkpoints whose texts are of every length that base64 tells apart."""
    key, found, previous = SigningKey(ORIGIN, Ed25519PrivateKey.generate()), [], FIRST
    for number in range(1, 13):
        time = "2026-05-12T09:00:00.000Z"
        heads = {"w0": Head(10**number, "a" * 64)}
        text = write_checkpoint(Checkpoint(origin=ORIGIN, number=number, time=time, previous=previous, heads=heads))
        found.append(sign(text, [key]))
        previous = digest(found[-1])
    return found


def message(note):
    return b"<109>1 - - lpr-gateway - checkpoint - lpr-checkpoint " + base64.b64encode(note.encode())


def kept_in(folder, content):
    (folder / "kept").write_bytes(content)
    return read_kept(str(folder / "kept"))


def test_every_frame_of_a_stream_that_was_kept_as_it_came_is_read(tmp_path, notes):
    frames = b"".join(b"%d %b" % (len(message(note)), message(note)) for note in notes)
    assert kept_in(tmp_path, frames) == (notes, ())


def test_a_file_whose_line_ends_an_editor_or_a_mail_changed_is_read(tmp_path, notes):
    assert kept_in(tmp_path, "\n".join(notes).replace("\n", "\r\n").encode()) == (notes, ())


def test_frames_whose_length_says_more_or_less_than_it_should_hide_no_other(tmp_path, notes):
    frames = b"".join(b"%d %b" % (7, message(note)) for note in notes)
    assert kept_in(tmp_path, frames).notes == notes


def test_a_line_that_was_cut_off_is_named_and_takes_no_other_with_it(tmp_path, notes):
    lines = [message(note) for note in notes]
    for at in range(lines[4].index(b"lpr-checkpoint ") + 15, len(lines[4])):
        kept = kept_in(tmp_path, b"\n".join([*lines[:4], lines[4][:at], *lines[5:]]) + b"\n")
        assert kept.notes == [*notes[:4], *notes[5:]]
        assert [one.line for one in kept.damaged] == [5]


def test_lines_that_were_all_cut_at_480_bytes_leave_no_note_and_are_all_named(tmp_path, notes):
    kept = kept_in(tmp_path, b"".join(message(note)[:480] + b"\n" for note in notes))
    assert kept == ([], tuple(Damaged(line, cut_off=True) for line in range(1, 13)))


def test_what_others_write_under_that_name_is_named_as_no_checkpoint(tmp_path, notes):
    lines = [b"<13>lpr-checkpoint hello", message(notes[0]), b"lpr-checkpoint ", b"lpr-checkpoint =="]
    assert kept_in(tmp_path, b"\n".join(lines)) == ([notes[0]], tuple(Damaged(n, cut_off=False) for n in (1, 3, 4)))


def test_bodies_that_an_endpoint_kept_with_nothing_between_them_are_read_each(tmp_path, notes):
    assert kept_in(tmp_path, "".join(notes).encode()).notes == notes
    assert kept_in(tmp_path, "\n".join(notes).encode()).notes == notes


def test_a_file_that_is_called_as_the_messages_are_is_a_file_of_notes(tmp_path, notes):
    note = notes[0].replace("\n\n", "\nwitnessed file:/mnt/lpr-checkpoint 1 off-host\n\n")
    assert kept_in(tmp_path, f"{note}\n".encode()) == ([note], ())
