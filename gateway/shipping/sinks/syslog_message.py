"""RFC 5424 messages in RFC 5425 frames: `MSG-LEN SP <PRI>1 TIME HOST APP PROCID MSGID - MSG`.

PROCID is the chain, MSGID the event type. The message has no byte order mark, which RFC 5424 asks for and parsers of
JSON stumble over.
"""

import socket

from gateway.clock import format_instant
from gateway.media import for_syslog
from gateway.shipping.formats import Format, Record, fit
from gateway.shipping.formats.record import PRODUCT
from gateway.shipping.formats.weight import weigh

_LOG_AUDIT = 13
_LONGEST_HOST, _LONGEST_PROCID, _LONGEST_MSGID = 255, 64, 32


def frame(record: Record, form: Format, max_bytes: int, *, embed: bool = True) -> bytes:
    """The record as one frame whose message is at most `max_bytes`; a summary where all of it does not fit."""
    header = _header(record)
    message = header + fit(form, record, max_bytes - len(header), embed=embed)
    return b"%d %b" % (len(message), message)


def _header(record: Record) -> bytes:
    priority = _LOG_AUDIT * 8 + weigh(record).syslog
    time = format_instant(record.time) if record.time else "-"
    host = for_syslog(socket.gethostname(), _LONGEST_HOST)
    chain, event = for_syslog(record.chain.chain_id, _LONGEST_PROCID), for_syslog(record.event_type, _LONGEST_MSGID)
    return f"<{priority}>1 {time} {host} {PRODUCT} {chain} {event} - ".encode("ascii")
