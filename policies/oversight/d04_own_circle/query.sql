SELECT user_id, ts AS made_at, 'alert' AS severity, [decision_id] AS decision_ids, 'protected' AS about
FROM searches WHERE list_contains(reasons, 'target_protected')
UNION ALL
SELECT s.user_id, s.ts, 'alert', [s.decision_id], s.plate::VARCHAR
FROM searches s SEMI JOIN households h ON h.hash IN (s.plate_hmac, s.plate_trace)
