-- Which rows of the imports a reconciliation looks at: of a period its own, and all others that decide on these.
-- Tables: imported (all rows), asked (our decisions that went out), bounds (since and until; NULL is no bound).

-- A part of a plate has a hash as a plate has, which only tells that it is the same part: it may be a plate that is blacked out in part.
-- When a row was searched: where it does not say, when the search was whose id it has.
CREATE OR REPLACE TEMP VIEW told AS
SELECT v.* REPLACE (CASE WHEN plate_state <> 'partial' THEN plate_hashes END AS plate_hashes),
  CASE WHEN plate_state = 'partial' THEN plate_hashes END AS pattern_hashes, coalesce(made_at, asked_at) AS searched_at, coalesce(searched_at >= since, true) AND coalesce(searched_at < until, true) AS inside,
  coalesce(searched_at >= since - to_seconds(2 * $near_s), true) AND coalesce(searched_at < until + to_seconds(2 * $near_s), true) AS near
FROM imported v LEFT JOIN (SELECT decision_id AS asked_id, min(ts) AS asked_at FROM asked GROUP BY decision_id)
  ON made_at IS NULL AND v.decision_id = asked_id CROSS JOIN bounds;

-- A row on one side of a bound may be the search on its other side, and that may fit another row as well: twice the time that they may
-- differ by. Whoever wrote an id into a search of some other day is judged beside the one whose id it is.
CREATE OR REPLACE TEMP TABLE ids AS
SELECT decision_id FROM told, bounds WHERE near AND decision_id IS NOT NULL AND (since IS NOT NULL OR until IS NOT NULL)
UNION
SELECT decision_id FROM asked, bounds WHERE (since IS NOT NULL OR until IS NOT NULL)
  AND coalesce(ts >= since - to_seconds(2 * $near_s), true) AND coalesce(ts < until + to_seconds(2 * $near_s), true);

-- Which row says most is asked of all that have one id of the vendor and one time; those of a time that is near are here already.
CREATE OR REPLACE TEMP TABLE mentioned AS
SELECT DISTINCT vendor, vendor_id, made_at FROM told WHERE vendor_id <> '' AND (made_at IS NULL OR NOT near)
  AND (near OR decision_id IN (SELECT decision_id FROM ids));

CREATE OR REPLACE TEMP VIEW needed AS
SELECT * EXCLUDE (near) FROM told t WHERE near OR decision_id IN (SELECT decision_id FROM ids)
  OR EXISTS (SELECT 1 FROM mentioned m WHERE m.vendor = t.vendor AND m.vendor_id = t.vendor_id AND m.made_at IS NOT DISTINCT FROM t.made_at);
