-- The days begin before the period, so that a neglect that had begun by then is no new finding in it.
WITH days AS (
  SELECT unnest(generate_series(earliest::DATE, until::DATE, INTERVAL 1 DAY)) AS day FROM period
), acts AS MATERIALIZED (
  SELECT ts, event_type, finding_id FROM records WHERE event_type IN ('finding.opened', 'finding.assigned', 'finding.reviewed', 'finding.withdrawn')
)
SELECT user_id, told_at AS made_at, 'alert' AS severity, [coalesce(decision_id, import_id || ':' || row)] AS decision_ids, coalesce(import_id || ':' || row, decision_id) AS about
FROM vendor_rows WHERE (class LIKE 'around_%' OR class = 'altered') AND told_at IS NOT NULL  -- without a time of its own: when its file was imported
UNION ALL
SELECT NULL, t.day::TIMESTAMP, 'warn', []::VARCHAR[], 'no import' FROM days t
WHERE t.day <= (SELECT max(ts) FROM searches)
  AND t.day - (SELECT coalesce(max(made_at), (SELECT min(first) FROM period)) FROM vendor_imports v WHERE v.made_at <= t.day) > INTERVAL $days DAY
UNION ALL
SELECT NULL, t.day::TIMESTAMP, 'warn', []::VARCHAR[], 'not looked at' FROM days t
WHERE EXISTS (SELECT 1 FROM acts o WHERE o.event_type = 'finding.opened' AND o.ts < t.day - INTERVAL $unread_days DAY
    AND NOT EXISTS (SELECT 1 FROM acts r WHERE r.finding_id = o.finding_id AND r.event_type IN ('finding.reviewed', 'finding.withdrawn') AND r.ts >= o.ts AND r.ts < t.day))
  AND NOT EXISTS (SELECT 1 FROM acts d WHERE d.event_type IN ('finding.assigned', 'finding.reviewed') AND d.ts < t.day AND d.ts >= t.day - INTERVAL $unread_days DAY)
UNION ALL  -- told at the end of the period, for nobody knows when it was done; one finding for each file as it is
SELECT NULL, greatest(since, until - INTERVAL 1 SECOND), 'alert', [name], 'kept ' || name FROM kept_changed, period
