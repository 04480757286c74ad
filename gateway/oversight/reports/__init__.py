"""Reports that laws ask for, each from the table `policies/oversight/laws`: which figure, which paragraph, what is lacking.

`figures` counts each figure through the auditing room's own means, `law_report` puts a report together and writes it.
"""

from gateway.oversight.reports.law_report import law_report, read_law, write_json

__all__ = ["law_report", "read_law", "write_json"]
