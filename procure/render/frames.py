"""Messages between the site and the typesetter's process: a length, then so many bytes."""

import struct
from typing import IO

FRAME_HEAD = struct.Struct(">Q")
LARGEST_FRAME = 256 * 1024**2


def read_frame(stream: IO[bytes]) -> bytes | None:
    """One message from a pipe; None when the other side has gone."""
    head = stream.read(FRAME_HEAD.size)
    if len(head) < FRAME_HEAD.size:
        return None
    (length,) = FRAME_HEAD.unpack(head)
    if length > LARGEST_FRAME:
        raise ValueError("message too long")
    body = stream.read(length)
    return body if len(body) == length else None


def write_frame(stream: IO[bytes], content: bytes) -> None:
    """One message into a pipe."""
    stream.write(FRAME_HEAD.pack(len(content)))
    stream.write(content)
    stream.flush()
