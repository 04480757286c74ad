"""All detectors over very many records, as the index holds them: over the last day, and over two years. Time and memory."""

import os
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.auditing.query_engine import connect
from gateway.oversight.detectors import read_detectors, run_detectors
from gateway.oversight.detectors.scene import DetectionContext
from tests.oversight.scene import FOLDER

START = datetime(2024, 11, 1, tzinfo=UTC)
DAYS = 730


def write_records(path, count):
    """Half decisions, half outcomes, of one person for every 15,000 records, at even rates, a plate in ten looked up again."""
    half, step = count // 2, DAYS * 86_400 / (count // 2)
    persons = max(20, count // 15_000)
    with connect([path.parent]) as connection:
        connection.execute(
            f"""COPY (
            SELECT 'w0' AS chain_id, n AS seq, 'decision' AS event_type, md5(n::VARCHAR)::UUID::VARCHAR AS decision_id,
              TIMESTAMP '2024-11-01' + to_microseconds((n * {step} * 1e6)::BIGINT) AS ts, NULL::BOOLEAN AS explain,
              NULL::VARCHAR AS opening_decision_id, 'u' || (hash(n) % {persons}) AS user_id, NULL::VARCHAR AS user_name,
              'o' || ((hash(n) % {persons}) % 40) AS office, ['officer'] AS roles, CASE WHEN hash(n, 3) % 20 = 0 THEN 'deny' ELSE 'allow' END AS decision,
              CASE WHEN hash(n, 3) % 20 = 0 THEN ['target_unknown'] END AS deny_reasons, NULL::JSON AS reasons_about, 'criminal_investigation' AS purpose_code,
              '26-' || (hash(n) % {persons}) || '-' || n // {persons * 6} AS case_number,
              sha256(p::VARCHAR || 'e' || epoch(TIMESTAMP '2024-11-01' + to_seconds((n * {step})::BIGINT))::BIGINT // 2592000) AS plate_hmac,
              sha256(p::VARCHAR || 't' || (epoch(TIMESTAMP '2024-11-01' + to_seconds((n * {step})::BIGINT))::BIGINT + 1296000) // 2592000) AS plate_trace,
              '10.0.0.1' AS src_ip, 'k' AS key_id, 'flock' AS vendor_profile, 'person' AS actor_kind, NULL::VARCHAR AS on_behalf_of, md5((hash(n, 5) % 1000000)::VARCHAR) AS reason_hmac,
              NULL::VARCHAR[] AS reason_traits, NULL::VARCHAR[] AS subject_id, NULL::VARCHAR AS finding_id, 30.0::DOUBLE AS lookback_days, TIMESTAMP '2024-10-01' AS window_start,
              'f1' AS facts_revision
            FROM (SELECT n, CASE WHEN hash(n, 7) % 10 = 0 THEN hash(n - 5000) ELSE hash(n) END AS p FROM range({half}) r(n))
            UNION ALL BY NAME
            SELECT 'w1' AS chain_id, n AS seq, 'outcome' AS event_type, md5(n::VARCHAR)::UUID::VARCHAR AS decision_id,
              TIMESTAMP '2024-11-01' + to_microseconds((n * {step} * 1e6)::BIGINT) AS ts FROM range({half}) r(n)
            ) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"""
        )


def measure(path, since, until):
    with connect([path.parent]) as connection:
        connection.execute(f"CREATE VIEW records AS SELECT * FROM read_parquet('{path}')")
        began = time.perf_counter()
        found = sum(
            1
            for _ in run_detectors(
                connection,
                read_detectors(FOLDER),
                DetectionContext(),
                since=since,
                until=until,
                zone="America/New_York",
            )
        )
        return time.perf_counter() - began, found


def main(count):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.parquet"
        write_records(path, count)
        print(f"{count:,} records, {path.stat().st_size / 1e6:.0f} MB of index, {os.cpu_count()} processors")
        end = START + timedelta(days=DAYS)
        for name, since in (("the last day", end - timedelta(days=1)), ("two years", START)):
            seconds, found = measure(path, since, end)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{name}: {seconds:.1f} s, {found:,} findings, peak memory so far {peak:,.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 10_000_000)
