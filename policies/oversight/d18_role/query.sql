WITH denied AS (
  SELECT user_id, ts, decision_id, list_has_any(grounds, ['role_may_not_query', 'person_inactive', 'about person']) AS for_role,
    list_has_any(grounds, ['training_lapsed', 'training_missing', 'rules_not_accepted', 'about training', 'about acceptance']) AS for_training
  FROM searches
), tries AS (
  SELECT user_id, ts, decision_id, count(*) FILTER (for_role) OVER w AS role, count(*) FILTER (for_training) OVER w AS training
  FROM denied WHERE for_role OR for_training
  WINDOW w AS (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW)
)
SELECT user_id, ts AS made_at, CASE WHEN role >= $role THEN 'alert' ELSE 'warn' END AS severity, [decision_id] AS decision_ids, 'access' AS about
FROM tries WHERE role >= $role OR training >= $training
