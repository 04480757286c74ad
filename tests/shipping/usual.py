"""Options of a sink for tests: the settings' own where a test gives none."""

from typing import Any

from gateway.settings import SinkSettings
from gateway.shipping.options import SinkOptions
from tests.usual_settings import usual


def sink_options(**given: Any) -> SinkOptions:
    return SinkOptions(**(usual(SinkSettings) | given))
