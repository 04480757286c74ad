"""A sink from its options. Nothing is connected or opened yet."""

from pathlib import Path

from gateway.audit.formats import FORMATS
from gateway.audit.sinks.batches import BatchSink
from gateway.audit.sinks.elasticsearch import ElasticsearchBulk
from gateway.audit.sinks.http import Collector
from gateway.audit.sinks.jsonl import JsonLinesSink
from gateway.audit.sinks.options import HEC, JSONL, SYSLOG, SinkOptions
from gateway.audit.sinks.sink import Sink
from gateway.audit.sinks.splunk import SplunkHec
from gateway.audit.sinks.syslog import SyslogSink
from gateway.errors import ConfigurationError


def open_sink(options: SinkOptions) -> Sink:
    """The sink that these options describe.

    Raises:
        ConfigurationError: the options have problems.
    """
    problems = options.problems()
    if problems:
        raise ConfigurationError(problems)
    form = FORMATS[options.format]
    if options.kind == JSONL:
        return JsonLinesSink(Path(options.target), form, embed=options.embed)
    if options.kind == SYSLOG:
        return SyslogSink(options, form)
    dialect = SplunkHec(options, form) if options.kind == HEC else ElasticsearchBulk(options, form)
    return BatchSink(Collector(options, dialect), options.refusals)
