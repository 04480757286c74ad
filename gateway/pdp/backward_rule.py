"""A Rego rule that is asked about what was decided, in the embedded engine: for looking back, never for a decision.

A regorus engine belongs to the thread that built it, so one is built for each use and is let go of where it was built.
"""

import json
import os
from collections.abc import Mapping, Sequence

import orjson

from gateway.errors import ConfigurationError
from gateway.model import Json

os.environ.setdefault("MIMALLOC_ARENA_EAGER_COMMIT", "0")
import regorus


def answer_by_rule(rego: tuple[str, str], data: Mapping[str, Json], rule: str, inputs: Sequence[str]) -> list[Json]:
    """What a rule of one module (its file's name, and its text) answers to each input (JSON text), in order.

    Raises:
        ConfigurationError: the module cannot be used, or the rule stops or is not there.
    """
    engine = regorus.Engine()
    try:
        engine.add_policy(*rego)
        engine.add_data_json(orjson.dumps(data).decode())
        return [_answer(engine, rule, text) for text in inputs]
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - a panic of the engine is no Exception
        raise ConfigurationError([f"{rego[0]}: the engine cannot use {rule}, or it stopped"]) from None
    finally:
        del engine


def _answer(engine: regorus.Engine, rule: str, text: str) -> Json:
    engine.set_input_json(text)
    answer: Json = json.loads(engine.eval_rule_as_json(rule))
    return answer
