WITH by_day AS (
  SELECT user_id, day, count(*) AS asked FROM searches GROUP BY ALL
), habit AS (
  SELECT *, quantile_cont(asked, 0.95) OVER w AS usual FROM by_day
  WINDOW w AS (PARTITION BY user_id ORDER BY day RANGE BETWEEN INTERVAL 90 DAY PRECEDING AND INTERVAL 1 DAY PRECEDING)
), numbered AS (
  SELECT user_id, office, day, decision_id, ts, row_number() OVER (PARTITION BY user_id, day ORDER BY ts, decision_id) AS n,
    count(*) OVER (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL 90 DAY PRECEDING AND CURRENT ROW) AS quarter
  FROM searches
), by_month AS (
  SELECT office, user_id, date_trunc('month', day) AS month, count(*) AS asked FROM searches GROUP BY ALL
), months AS (
  SELECT DISTINCT month FROM by_month
), peers AS (  -- what colleagues of the office asked in the three whole months before
  SELECT office, month, median(asked) AS usual FROM (
    SELECT b.office, m.month, b.user_id, sum(b.asked) AS asked FROM months m JOIN by_month b
      ON b.month < m.month AND b.month >= m.month - INTERVAL 3 MONTH GROUP BY ALL)
  GROUP BY ALL HAVING count(*) >= 5
)
SELECT n.user_id, n.ts AS made_at, CASE WHEN n.n > $alert_day THEN 'alert' ELSE 'warn' END AS severity, [n.decision_id] AS decision_ids,
  'day' AS about
FROM numbered n JOIN habit h USING (user_id, day)
WHERE n.n > $alert_day OR n.n > greatest($warn_day, $habit_times * coalesce(h.usual, 0))
UNION ALL
SELECT n.user_id, n.ts, 'warn', [n.decision_id], 'quarter'
FROM numbered n JOIN peers p ON n.office = p.office AND date_trunc('month', n.day) = p.month
WHERE n.quarter > $peer_times * p.usual AND n.quarter >= $peer_least
