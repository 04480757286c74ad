WITH by_day AS MATERIALIZED (
  SELECT user_id, day, max(office) AS office, count(*) AS asked FROM searches GROUP BY user_id, day
), rolling AS (
  SELECT *, coalesce(sum(asked) OVER (PARTITION BY user_id ORDER BY day RANGE BETWEEN INTERVAL 89 DAY PRECEDING AND INTERVAL 1 DAY PRECEDING), 0) AS before
  FROM by_day
), habit AS (
  SELECT b.user_id, b.day, quantile_cont(d.asked, 0.95) AS usual
  FROM by_day b JOIN by_day d ON d.user_id = b.user_id AND d.day >= b.day - 90 AND d.day < b.day
  WHERE b.asked > least($alert_day, $warn_day) AND b.day >= (SELECT earliest::DATE - 1 FROM period) GROUP BY ALL
), by_month AS MATERIALIZED (
  SELECT office, user_id, date_trunc('month', day) AS month, sum(asked) AS asked FROM by_day GROUP BY ALL
), months AS (
  SELECT DISTINCT month FROM by_month
), peers AS (  -- what colleagues of the office asked in the three whole months before
  SELECT office, month, median(asked) AS peers FROM (
    SELECT b.office, m.month, b.user_id, sum(b.asked) AS asked FROM months m JOIN by_month b
      ON b.month < m.month AND b.month >= m.month - INTERVAL 3 MONTH GROUP BY ALL)
  GROUP BY ALL HAVING count(*) >= 5
), busy AS (
  SELECT r.*, peers, least($alert_day, greatest($warn_day, $habit_times * coalesce(usual, 0))) AS much
  FROM rolling r LEFT JOIN habit h ON r.user_id = h.user_id AND r.day = h.day
    LEFT JOIN peers p ON r.office = p.office AND date_trunc('month', r.day) = p.month
  WHERE r.day >= (SELECT earliest::DATE - 1 FROM period)
), numbered AS MATERIALIZED (
  SELECT s.user_id, s.ts, s.decision_id, b.much, b.before, b.peers, row_number() OVER (PARTITION BY s.user_id, s.day ORDER BY s.ts, s.decision_id) AS n
  FROM searches s JOIN busy b ON s.user_id = b.user_id AND s.day = b.day
  WHERE b.asked > b.much OR (b.before + b.asked >= $peer_least AND b.before + b.asked > $peer_times * b.peers)
)
SELECT user_id, ts AS made_at, CASE WHEN n > $alert_day THEN 'alert' ELSE 'warn' END AS severity, [decision_id] AS decision_ids, 'day' AS about
FROM numbered WHERE n > much
UNION ALL
SELECT user_id, ts, 'warn', [decision_id], 'quarter'
FROM numbered WHERE before + n >= $peer_least AND before + n > $peer_times * peers
