"""What every table of the settings is: frozen, without a key that nobody knows, and never quoting a value in an error."""

from pydantic import BaseModel, ConfigDict


class SettingsTable(BaseModel):
    """One table."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True, hide_input_in_errors=True)
