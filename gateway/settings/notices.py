"""`[notices]`: who is told of approvals and emergencies, by which mail server or web hook."""

from email.policy import SMTP
from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.settings.table import SettingsTable
from gateway.settings.values import Url
from gateway.written_hosts import find_odd_character, is_host


def _check_host(value: str) -> str:
    if odd := find_odd_character(value):
        raise ValueError(f"must be without {odd}")
    if not is_host(value):
        raise ValueError("must be a host's name or address and nothing else, as mail.agency.example")
    return value


def _check_mail_address(value: str) -> str:
    """One address, with or without a name before it; who is told of an emergency must be told at all."""
    header = SMTP.header_factory("To", value)
    found = header.addresses
    if header.defects or len(found) != 1 or not found[0].username or not is_host(found[0].domain):
        raise ValueError("must be one e-mail address, as duty@agency.example")
    return value


MailAddress = Annotated[str, AfterValidator(_check_mail_address)]


class NoticeSettings(SettingsTable):
    """Who is told of approvals asked for and of emergencies, and how. No notice holds a plate."""

    webhook_url: Url | None = None
    smtp_host: Annotated[str, AfterValidator(_check_host)] | None = None
    smtp_port: int = Field(default=587, ge=1, le=65_535)
    smtp_starttls: bool = True
    sender: MailAddress = "lpr-gateway@localhost"
    approvers: tuple[MailAddress, ...] = ()
    duty: tuple[MailAddress, ...] = ()
    privacy: tuple[MailAddress, ...] = ()

    def warnings(self) -> list[str]:
        """A sentence where addresses are named and no server that mail could be handed to."""
        named = [name for name in ("approvers", "duty", "privacy") if getattr(self, name)]
        if self.smtp_host is not None or not named:
            return []
        return [f"[notices] {' and '.join(named)} without smtp_host: no e-mail is sent to them before it is set"]
