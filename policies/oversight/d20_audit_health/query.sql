SELECT user_id, made_at, 'alert' AS severity, [coalesce(decision_id, import_id || ':' || row)] AS decision_ids, coalesce(import_id || ':' || row, decision_id) AS about
FROM vendor_rows WHERE (class LIKE 'around_%' OR class = 'altered') AND made_at IS NOT NULL
UNION ALL
SELECT NULL, t.day::TIMESTAMP, 'warn', []::VARCHAR[], 'no import'
FROM (SELECT unnest(generate_series(since::DATE, until::DATE, INTERVAL 1 DAY)) AS day FROM period) t
WHERE t.day <= (SELECT max(ts) FROM searches)
  AND t.day - (SELECT coalesce(max(made_at), (SELECT min(first) FROM period)) FROM vendor_imports v WHERE v.made_at <= t.day) > INTERVAL $days DAY
