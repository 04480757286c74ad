"""The hot path: one question, one revision, a handful of look-ups by index.

SQLAlchemy writes each statement once; the driver itself runs it. A row by key costs 2 µs through the driver and 11 to
37 µs through SQLAlchemy's connection, seven times over, on every request.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

from gateway.errors import Refusal
from gateway.facts import answers, statements
from gateway.facts.integrity import Alarm, RevisionGuard, ignore
from gateway.facts.open_revisions import open_revision_store
from gateway.facts.revisions import NONE_YET, Reader, Revision, RevisionStore, Unreadable
from gateway.model import Approval, CaseFile, Known, Question, Subject
from gateway.reasons import Reason
from gateway.value import replace

_REMEMBERED = 4096  # people
Answered = TypeVar("Answered")


class Facts:
    """What the agency knows, asked by many threads at once. Create it after the process forked.

    Readers are lent to one look-up at a time and kept for the next; those of an older revision end when they are found.
    """

    def __init__(self, revision_store: RevisionStore, guard: RevisionGuard) -> None:
        self._revision_store, self._guard = revision_store, guard
        self._texts = statements.texts(revision_store.dialect)
        self._idle: deque[Reader] = deque()
        self._people: dict[tuple[str, str | None], Known] = {}

    def look_up(self, question: Question, approvals: Sequence[Approval] = ()) -> Known:
        """Everything known about a question, all of it from the newest revision.

        `approvals` are those given at the gateway: they join the answer, their approvers as this revision knows them.

        Raises:
            Refusal: FACTS_UNAVAILABLE, where there are no facts or they cannot be read.
        """

        def ask(reader: Reader) -> Known:
            known = self._answer(reader, question)
            if not approvals:
                return known
            joined = tuple(self._join(reader, approval) for approval in approvals)
            return replace(known, approvals=known.approvals + joined)

        return self._ask(ask)

    def person(self, user_id: str) -> Subject | None:
        """The person of exactly this id, as the newest revision knows them.

        Raises:
            Refusal: FACTS_UNAVAILABLE.
        """
        return self._ask(lambda reader: answers.person(self._read(reader, self._texts.person, user_id)))

    def supervisors(self) -> tuple[Subject, ...]:
        """Everybody with the role, active or not, as the newest revision knows them.

        Raises:
            Refusal: FACTS_UNAVAILABLE.
        """

        def ask(reader: Reader) -> tuple[Subject, ...]:
            [rows] = reader.read(self._texts.holders, {"like": "%supervisor%"})  # no other role has the word in it
            return answers.people(rows)

        return self._ask(ask)

    def open_cases(self, user_id: str) -> tuple[CaseFile, ...]:
        """The open cases that this person is a member of.

        Raises:
            Refusal: FACTS_UNAVAILABLE.
        """
        return self._ask(lambda reader: answers.cases(self._read(reader, self._texts.open_cases, user_id)))

    def revision(self) -> Revision:
        """The revision in force.

        Raises:
            Refusal: FACTS_UNAVAILABLE, where there is none or the catalog cannot be read.
        """
        try:
            return self._newest()
        except Unreadable as error:
            raise Refusal(Reason.FACTS_UNAVAILABLE, note=str(error) or None) from None

    def check(self) -> Revision:
        """The revision in force, found to be what was imported.

        Raises:
            Refusal: FACTS_UNAVAILABLE, where it was altered, there is none, or it cannot be read.
        """
        try:
            newest = self._newest()
            self._guard.admit(newest)
        except Unreadable as error:
            raise Refusal(Reason.FACTS_UNAVAILABLE, note=str(error) or None) from None
        return newest

    def close(self) -> None:
        """Ends idle readers and what the revision store keeps open; a later look-up opens anew."""
        self._people.clear()
        while self._idle:
            self._idle.pop().close()
        self._revision_store.close()

    def _ask(self, ask: Callable[[Reader], Answered]) -> Answered:
        """What is asked of a reader of the newest revision."""
        try:
            try:
                return self._lend(ask)
            except (
                Unreadable
            ):  # a revision altered or deleted, or a connection lost meanwhile: once more, with nothing kept
                self.close()
                return self._lend(ask)
        except (Unreadable, ValueError, TypeError):
            raise Refusal(Reason.FACTS_UNAVAILABLE) from None

    def _lend(self, ask: Callable[[Reader], Answered]) -> Answered:
        reader = self._borrow()
        try:
            answered = ask(reader)
            if not self._guard.still_holds(reader.revision):
                raise Unreadable
        except BaseException:
            reader.close()
            raise
        self._idle.append(reader)
        return answered

    def _answer(self, reader: Reader, question: Question) -> Known:
        """What is known of the person is read once a revision, which never changes; of case and plate each time."""
        asked, values = self._texts.choose(question), statements.parameters(question)
        whose = (reader.revision.revision, question.user_id)
        personal = self._people.get(whose)
        if personal is not None:
            return answers.complete(personal, question, reader.read(asked, values))
        results = reader.read(self._texts.personal + asked, values)
        personal = answers.read_personal(reader.revision, results[: -len(asked)])
        if len(self._people) >= _REMEMBERED:
            self._people.clear()
        self._people[whose] = personal
        return answers.complete(personal, question, results[-len(asked) :])

    def _read(self, reader: Reader, texts: tuple[str, ...], user_id: str | None) -> answers.Rows:
        """The rows of one statement on one person."""
        [rows] = reader.read(texts, {"user": user_id})
        return rows

    def _join(self, reader: Reader, approval: Approval) -> Approval:
        rows = self._read(reader, self._texts.approver, approval.approved_by)
        active, roles = rows[0] if rows else (None, None)
        return replace(approval, approver_active=answers.flag(active), approver_roles=answers.roles(roles))

    def _borrow(self) -> Reader:
        newest = self._newest()
        while True:
            try:
                reader = self._idle.pop()
            except IndexError:
                self._guard.admit(newest)
                return self._revision_store.open(newest)
            if reader.revision == newest:
                return reader
            reader.close()

    def _newest(self) -> Revision:
        newest = self._revision_store.newest()
        if newest is None:
            raise Unreadable(NONE_YET)
        return newest


def open_facts(
    url: str, integrity: bytes, alarm: Alarm = ignore, end_alarm: Callable[[], None] = lambda: None
) -> Facts:
    """The facts at a database URL; there need not be any yet.

    `integrity` is the installation's secret that revisions are sealed by; `alarm` is told where one was altered, and
    `end_alarm` is called where the next one is whole.

    Raises:
        ConfigurationError: for a URL that means no place for facts.
    """
    revision_store = open_revision_store(url)
    return Facts(revision_store, RevisionGuard(revision_store, integrity, alarm, end_alarm))
