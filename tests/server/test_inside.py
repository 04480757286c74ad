import pytest
from gunicorn.config import Config
from gunicorn.workers.base import Worker

from gateway.errors import ConfigurationError
from gateway.server.inside import check_inside, find_changes


def test_the_gunicorn_that_is_installed_is_the_one_the_worker_was_written_for():
    assert find_changes() == []
    check_inside(Config())


@pytest.mark.parametrize("hooks", [{"run": ("self", "more")}, {"no_such_hook": ("self",)}])
def test_a_hook_that_is_gone_or_takes_something_else_is_named(hooks):
    [sentence] = find_changes({Worker: hooks})
    assert sentence.startswith(f"gunicorn: Worker.{next(iter(hooks))} ")


def test_http2_refuses_to_be_served():
    cfg = Config()
    cfg.set("http_protocols", "h2,h1")
    with pytest.raises(ConfigurationError, match="http_protocols"):
        check_inside(cfg)
