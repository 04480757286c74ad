"""Connections to PostgreSQL whose answers come in time or not at all. Imports nothing else of the gateway.

A server that is stopped, frozen, or cut off without a word answers nothing and closes nothing: its own limits on
statements mean nothing then, and the kernel goes on believing in the connection. Whoever waits must end the wait.
"""

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.rows import TupleRow
from sqlalchemy import Engine, event


class TimelyConnection(psycopg.Connection[TupleRow]):
    """A connection that is given up once one answer is not there within `answer_s` seconds."""

    answer_s: float = 5.0

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:  # noqa: ANN401 - psycopg's own
        """Have one answer; psycopg does all its waiting here.

        Raises:
            psycopg.OperationalError: it is late, and the connection is closed: what comes after all would be another's answer.
        """
        try:
            return super().wait(gen, interval, self.answer_s if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise


def opener(answer_s: float) -> Callable[..., TimelyConnection]:
    """What opens such connections, with the arguments of `psycopg.connect`; `connect_timeout` among them bounds the opening."""

    class Limited(TimelyConnection):
        pass

    Limited.answer_s = answer_s
    return Limited.connect


def hold_to_time(engine: Engine, answer_s: float) -> Engine:
    """Have SQLAlchemy open such connections; the same engine."""
    connect = opener(answer_s)

    @event.listens_for(engine, "do_connect")
    def _open(_dialect: object, _record: object, arguments: Any, options: Any) -> TimelyConnection:  # noqa: ANN401
        return connect(*arguments, **options)

    return engine
