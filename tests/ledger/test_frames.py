import io
import os
import random

import zstandard

from gateway.ledger.frames import is_whole

REPEATED = b"a" * 700_000
DRAWN = random.Random(20261122).randbytes(300_000)  # which nothing makes smaller


def packed(data, **options):
    return zstandard.ZstdCompressor(**options).compress(data)


def test_frames_of_any_form_are_whole_at_their_end_alone_and_nowhere_before_it():
    for data in (b"", b"a line\n", REPEATED, DRAWN, REPEATED + DRAWN):
        for options in ({}, {"write_checksum": True}, {"write_content_size": False}):
            content = packed(data, **options)
            assert is_whole(io.BytesIO(content))
            cuts = {0, 1, 4, 5, 9, len(content) // 2, *range(len(content) - 5, len(content))}
            assert not [cut for cut in cuts if 0 <= cut < len(content) and is_whole(io.BytesIO(content[:cut]))]


def test_one_frame_after_another_is_whole_and_what_is_no_frame_behind_one_is_not():
    content = packed(b"one\n", write_checksum=True)
    assert is_whole(io.BytesIO(content * 3))
    assert not is_whole(io.BytesIO(content + content[:-1]))
    assert not is_whole(io.BytesIO(content + b"\0"))
    assert not is_whole(io.BytesIO(content + b"This was a segment.\n" * 9))
    assert not is_whole(io.BytesIO(b"This was a segment.\n" * 9))


def test_a_file_stands_at_its_end_afterwards():
    file = io.BytesIO(packed(DRAWN))
    is_whole(file)
    assert file.tell() == file.seek(0, os.SEEK_END)
