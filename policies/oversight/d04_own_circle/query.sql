SELECT user_id, ts AS made_at, 'alert' AS severity, [decision_id] AS decision_ids, 'protected' AS about
FROM searches WHERE list_contains(reasons, 'target_protected')
UNION ALL
SELECT s.user_id, s.ts, 'alert', [s.decision_id], s.plate::VARCHAR
FROM searches s SEMI JOIN (SELECT hash(hash) AS plate FROM households) o ON o.plate IN (s.h, s.t)
