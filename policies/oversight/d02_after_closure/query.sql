WITH late AS MATERIALIZED (
  SELECT user_id, plate, ts, decision_id FROM searches
  WHERE plate IS NOT NULL AND list_has_any(reasons, ['case_closed', 'target_plate_expired', 'target_not_subject'])
), before AS (
  SELECT user_id, plate, ts, decision_id FROM searches SEMI JOIN late USING (user_id, plate) WHERE tied
)
SELECT l.user_id, l.ts AS made_at, 'alert' AS severity, [b.decision_id, l.decision_id] AS decision_ids, l.plate::VARCHAR AS about
FROM late l ASOF JOIN before b ON l.user_id = b.user_id AND l.plate = b.plate AND l.ts > b.ts
WHERE l.ts - b.ts <= INTERVAL $window_days DAY
