"""A sink from its options. Nothing is connected or opened yet."""

from dataclasses import replace
from pathlib import Path

from gateway.errors import ConfigurationError
from gateway.shipping.formats import FORMATS, Native
from gateway.shipping.options import HEC, JSONL, SYSLOG, SinkOptions
from gateway.shipping.sinks.batches import BatchSink
from gateway.shipping.sinks.elasticsearch import ElasticsearchBulk
from gateway.shipping.sinks.http import Collector
from gateway.shipping.sinks.jsonl import JsonLinesSink
from gateway.shipping.sinks.sink import Sink
from gateway.shipping.sinks.splunk import SplunkHec
from gateway.shipping.sinks.syslog import SyslogSink


def open_sink(options: SinkOptions) -> Sink:
    """The sink that these options describe.

    Raises:
        ConfigurationError: the options have problems.
    """
    problems = options.problems()
    if problems:
        raise ConfigurationError(problems)
    form = FORMATS[options.format]
    if form.name == Native.name:  # the ledger's line itself: there is nothing to leave out of it
        options = replace(options, embed=True)
    if options.kind == JSONL:
        return JsonLinesSink(Path(options.target), form, embed=options.embed)
    if options.kind == SYSLOG:
        return SyslogSink(options, form)
    return BatchSink(open_collector(options), options.refusals)


def open_collector(options: SinkOptions) -> Collector:
    """The HTTP collector that these options describe."""
    form = FORMATS[options.format]
    return Collector(options, SplunkHec(options, form) if options.kind == HEC else ElasticsearchBulk(options, form))
