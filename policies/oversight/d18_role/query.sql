WITH tries AS (
  SELECT user_id, ts, decision_id, count(*) FILTER (list_has_any(reasons, ['role_may_not_query', 'person_inactive'])) OVER w AS role,
    count(*) FILTER (list_has_any(reasons, ['training_lapsed', 'training_missing', 'rules_not_accepted'])) OVER w AS training
  FROM searches WHERE list_has_any(reasons, ['role_may_not_query', 'person_inactive', 'training_lapsed', 'training_missing', 'rules_not_accepted'])
  WINDOW w AS (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW)
)
SELECT user_id, ts AS made_at, CASE WHEN role >= $role THEN 'alert' ELSE 'warn' END AS severity, [decision_id] AS decision_ids, 'access' AS about
FROM tries WHERE role >= $role OR training >= $training
