-- Every row of the imports, and every allowed search that the vendor should have, in exactly one class.
-- Tables: vendor (rows of imports), asked (our decisions that went out), refused (our denials), span (the ledger's time), imported (all
-- rows), known_people (all names of ours, each with the user ids that it may mean). What is not `inside` the period is there because it decides on what is, and is left out at the end.

-- The same search in several files counts once: the row that says most of it (`rid` puts rows in order by what they say, never by
-- where they stand). A row that contradicts it is no second mention of it and is judged by itself: whoever can edit an export must
-- not hide a search behind the id of another.
CREATE TEMP TABLE again AS
SELECT rid, CASE WHEN turn > 1 AND agrees THEN first_rid END AS of FROM (
  SELECT *, coalesce(NOT list_has_any(epochs, said_epochs) OR list_has_any(plate_hashes, said_plate), true)
    AND coalesce(NOT list_has_any(epochs, said_epochs) OR list_has_any(pattern_hashes, said_pattern), true)
    AND coalesce(decision_id = said_id, true) AND coalesce(starts = said_starts, true) AND coalesce(ends = said_ends, true)
    AND (origin = said_origin OR 'unknown' IN (origin, said_origin)) AS agrees
  FROM (
  SELECT *, row_number() OVER w AS turn, row_number() OVER (PARTITION BY vendor, vendor_id, made_at, plate_hashes, pattern_hashes, epochs, decision_id,
      starts, ends, origin ORDER BY rid) AS turn_of_these, first_value(rid) OVER w AS first_rid,
    first_value(plate_hashes) OVER w AS said_plate, first_value(pattern_hashes) OVER w AS said_pattern, first_value(epochs) OVER w AS said_epochs, first_value(decision_id) OVER w AS said_id,
    first_value(starts) OVER w AS said_starts, first_value(ends) OVER w AS said_ends, first_value(origin) OVER w AS said_origin
  FROM vendor SEMI JOIN (
    SELECT vendor, vendor_id FROM vendor WHERE own AND source <> 'events' AND vendor_id <> '' GROUP BY ALL HAVING count(*) > 1
  ) USING (vendor, vendor_id)
  WHERE own AND source <> 'events'
  WINDOW w AS (PARTITION BY vendor, vendor_id, made_at ORDER BY rid)
)) WHERE turn_of_these > 1 OR (turn > 1 AND agrees);

-- What was found of a search bears the place of its first import for ever: whatever is imported later, and says more of it, is no new
-- finding. The two rows change places.
CREATE TEMP TABLE first_told AS
SELECT of AS rid, arg_min(rid, (import_turn, coalesce(sheet, ''), row)) AS first_rid
FROM (SELECT rid, of FROM again WHERE of IS NOT NULL UNION ALL SELECT DISTINCT of, of FROM again WHERE of IS NOT NULL) JOIN vendor USING (rid)
GROUP BY of HAVING first_rid <> of;

CREATE TEMP TABLE places AS
SELECT c.rid, v.import_id, v.sheet, v.row
FROM (SELECT rid, first_rid AS at FROM first_told UNION ALL SELECT first_rid, rid FROM first_told) c JOIN vendor v ON v.rid = c.at;

-- Whom a row names: `persons`, all whom the name may mean; none where it names nobody, or somebody whom nobody knows.
CREATE TEMP TABLE bearers AS SELECT name, list(user_id ORDER BY user_id) AS persons FROM known_people GROUP BY name;
CREATE TEMP TABLE named AS
SELECT person, b.persons FROM (SELECT DISTINCT person FROM vendor WHERE coalesce(person, '') <> '') JOIN bearers b ON known_name(person) = b.name;

CREATE OR REPLACE TEMP VIEW own AS
SELECT v.*, a.rid IS NOT NULL AS again, coalesce(n.persons, []) AS persons,
  coalesce(v.person, '') <> '' AND v.origin <> 'interface' AND n.person IS NULL AS stranger
FROM vendor v LEFT JOIN again a ON a.rid = v.rid LEFT JOIN named n ON n.person = v.person WHERE own AND source <> 'events';

-- 1. By the decision id. The use of an id by the programming interface that is as we searched, or the first, is ours; any other
-- copied it, or is a second telling of ours that was changed, where it has the vendor's own id of it. No order of the files decides.
CREATE TEMP TABLE by_id AS
WITH compared AS (
SELECT o.rid, o.vendor || ' ' || nullif(o.vendor_id, '') AS vendors_id, a.decision_id, a.user_id,
  abs(epoch(o.made_at) - epoch(a.ts)) AS away,
  o.plate_hashes IS NOT NULL AND list_has_any(o.epochs, [a.plate_hmac_epoch, a.plate_trace_epoch])
    AND NOT list_has_any(o.plate_hashes, [a.plate_hmac, a.plate_trace]) AS other_plate,
  (o.starts IS NOT NULL AND a.starts IS NOT NULL AND o.starts <> a.starts)
    OR (o.ends IS NOT NULL AND a.ends IS NOT NULL AND o.ends <> a.ends) AS other_window,
  o.made_at IS NOT NULL AND away > $near_s AS other_time,
  coalesce(other_plate OR other_window OR other_time, false) AS other, o.origin
FROM own o JOIN asked a ON o.decision_id = a.decision_id WHERE NOT o.again
)
SELECT *, row_number() OVER w AS turn, coalesce(vendors_id = first_value(vendors_id) OVER w, false) AS told_again
FROM compared WINDOW w AS (PARTITION BY decision_id ORDER BY origin = 'portal', other, away NULLS LAST, rid);

CREATE TEMP TABLE found AS
SELECT rid, decision_id, user_id, CASE
    WHEN origin = 'portal' THEN 'around_portal'
    WHEN turn > 1 AND other AND NOT told_again THEN CASE origin WHEN 'interface' THEN 'around_credential' ELSE 'around_portal' END
    WHEN other THEN 'altered'
    WHEN turn > 1 THEN 'duplicate'
    ELSE 'matched' END AS class,
  CASE WHEN origin = 'portal' OR (turn > 1 AND other AND NOT told_again) THEN 'the decision id of another search was written into it'
    WHEN turn > 1 AND NOT other THEN 'the same decision id again'
    ELSE concat_ws(', ', CASE WHEN other_plate THEN 'another plate' END, CASE WHEN other_window THEN 'another window' END,
      CASE WHEN other_time THEN 'another time' END) END AS note
FROM by_id;

-- 2. Without an id: plate (or the same part of one), both ends of the window and the time; 3. where the plate is blacked out: second
-- and window. Of a vendor that our searches went to only those count: a tool asks two vendors the same at one moment.
CREATE TEMP TABLE served AS SELECT DISTINCT vendor FROM asked WHERE vendor IS NOT NULL;

-- Rows that tell no id of a search of ours where one would be told, and searches whose own row was not found by it.
CREATE OR REPLACE TEMP VIEW unjoined AS
SELECT * FROM own WHERE NOT again AND origin <> 'portal' AND (decision_id IS NULL OR NOT writes_id) AND rid NOT IN (SELECT rid FROM by_id);
CREATE OR REPLACE TEMP VIEW unfound AS
SELECT * FROM asked WHERE decision_id NOT IN (SELECT decision_id FROM found WHERE decision_id IS NOT NULL AND class IN ('matched', 'altered'));

CREATE TEMP TABLE candidates AS
SELECT o.rid, a.decision_id, a.user_id FROM (SELECT *, unnest(coalesce(plate_hashes, pattern_hashes)) AS h FROM unjoined) o
JOIN unfound a ON o.h = a.plate_hmac AND o.starts = a.starts AND o.ends = a.ends
WHERE abs(epoch(o.made_at) - epoch(a.ts)) <= $near_s AND (a.vendor = o.vendor OR o.vendor NOT IN (SELECT vendor FROM served))
UNION
SELECT o.rid, a.decision_id, a.user_id FROM unjoined o JOIN unfound a ON o.starts = a.starts AND o.ends = a.ends
WHERE o.plate_hashes IS NULL AND o.plate_state IN ('masked', 'absent') AND abs(epoch(o.made_at) - epoch(a.ts)) <= $same_s
  AND (a.vendor = o.vendor OR o.vendor NOT IN (SELECT vendor FROM served));

CREATE TEMP TABLE counted AS
SELECT *, count(*) OVER (PARTITION BY rid) AS by_row, count(*) OVER (PARTITION BY decision_id) AS by_decision FROM candidates;

INSERT INTO found
SELECT rid, decision_id, user_id, 'matched', 'by plate, window and time' FROM counted WHERE by_row = 1 AND by_decision = 1
UNION ALL
SELECT rid, NULL, NULL, 'indeterminate', 'two searches fit' FROM counted GROUP BY rid
  HAVING max(by_row) > 1 OR max(by_decision) > 1;

-- 4. Rows that say too little to be joined, and the searches that they may be: those that no row fits, where nothing that both tell
-- contradicts. A row without a time must tell the plate or the window. Neither is called what it would be if they were not the same.
-- A plate that no key at hand can compare says as little as one that is blacked out.
CREATE TEMP TABLE uncomparable AS
SELECT o.rid FROM own o ASOF JOIN epochs_then e ON o.made_at >= e.ts
WHERE o.plate_state IN ('known', 'partial') AND NOT list_contains(coalesce(o.epochs, []), e.epoch);

CREATE TEMP TABLE unsure AS
SELECT * FROM unjoined WHERE rid NOT IN (SELECT rid FROM counted) AND (rid IN (SELECT rid FROM uncomparable)
  OR NOT (writes_id AND (reason_state = 'written'
    OR reason_state = 'blank' AND plate_state IN ('known', 'partial', 'unreadable'))));  -- emptied of both, it is blacked out another way
CREATE TEMP TABLE unfitted AS SELECT * FROM unfound WHERE decision_id NOT IN (SELECT decision_id FROM counted);

CREATE TEMP TABLE may_be AS
WITH close AS (
SELECT o.rid, a.decision_id FROM unsure o JOIN unfitted a
  ON o.made_at >= a.ts - to_seconds($near_s) AND o.made_at <= a.ts + to_seconds($near_s)
UNION
SELECT o.rid, a.decision_id FROM (SELECT *, unnest(coalesce(plate_hashes, pattern_hashes)) AS h FROM unsure WHERE made_at IS NULL) o
JOIN (SELECT *, unnest([plate_hmac, plate_trace]) AS h FROM unfitted WHERE inside) a ON o.h = a.h
UNION
SELECT o.rid, a.decision_id FROM unsure o JOIN unfitted a ON o.starts = a.starts AND o.ends = a.ends WHERE o.made_at IS NULL AND a.inside
)
SELECT c.rid, c.decision_id FROM close c JOIN unsure o ON o.rid = c.rid JOIN unfitted a ON a.decision_id = c.decision_id
WHERE (a.vendor = o.vendor OR o.vendor NOT IN (SELECT vendor FROM served))
  AND coalesce(o.starts = a.starts, true) AND coalesce(o.ends = a.ends, true)
  AND (o.plate_state NOT IN ('known', 'partial') OR a.plate_hmac IS NOT NULL)
  AND coalesce(NOT list_has_any(o.epochs, [a.plate_hmac_epoch, a.plate_trace_epoch])
    OR list_has_any(o.plate_hashes, [a.plate_hmac, a.plate_trace]), true)
  AND (o.origin = 'interface' OR len(o.persons) = 0 OR coalesce(list_contains(o.persons, a.user_id), false));

-- 5. A denial of the same plate (or, where it is blacked out, of the same window) in the day before it, to the person whom the row
-- names; to anybody where it names nobody, or the interface's own account: then nobody is said to have searched, and all who were denied
-- are concerned. Nobody is told to have known of a denial that came later: only the parts of its second are not counted, which vendors
-- leave out.
CREATE OR REPLACE TEMP VIEW judged_by_denials AS
SELECT *, origin <> 'interface' AND coalesce(person, '') <> '' AS names FROM own
WHERE NOT again AND rid NOT IN (SELECT rid FROM found) AND rid NOT IN (SELECT rid FROM may_be);

CREATE TEMP TABLE after_denial AS
WITH denials AS (
SELECT o.rid, o.names, o.origin, d.decision_id, d.user_id, d.ts
FROM (SELECT *, unnest(coalesce(plate_hashes, pattern_hashes)) AS h FROM judged_by_denials) o JOIN refused d ON o.h IN (d.plate_hmac, d.plate_trace)
WHERE d.ts < o.made_at + INTERVAL 1 SECOND AND d.ts > o.made_at - INTERVAL 24 HOUR AND (NOT o.names OR list_contains(o.persons, d.user_id))
UNION
SELECT o.rid, o.names, o.origin, d.decision_id, d.user_id, d.ts
FROM judged_by_denials o JOIN refused d ON o.starts = d.starts AND o.ends = d.ends
WHERE o.plate_hashes IS NULL AND o.plate_state = 'masked'
  AND d.ts < o.made_at + INTERVAL 1 SECOND AND d.ts > o.made_at - INTERVAL 24 HOUR AND (NOT o.names OR list_contains(o.persons, d.user_id))
)
SELECT rid, names, origin, arg_max(decision_id, (ts, decision_id)) AS decision_id, arg_max(user_id, (ts, decision_id)) AS user_id,
  list(DISTINCT user_id ORDER BY user_id) AS denied
FROM denials GROUP BY rid, names, origin;

INSERT INTO found
SELECT rid, decision_id, CASE WHEN names THEN user_id END, 'around_after_denial', CASE
    WHEN names THEN 'searched at the vendor within a day of the denial'
    WHEN origin = 'interface' THEN 'a call of the programming interface that is not ours, within a day of a denial of its plate: by whom, the vendor''s file does not say'
    ELSE 'searched at the vendor within a day of a denial of its plate: by whom, the vendor''s file does not say' END
FROM after_denial;

-- 6. The rest. A row that nobody could have joined is not called anything. A part of a plate is none of ours, be it of a plate that is
-- blacked out in part, where no search of ours has its window and time.
CREATE TEMP TABLE part_of_ours AS
SELECT DISTINCT o.rid FROM own o JOIN asked a ON o.made_at >= a.ts - to_seconds($near_s) AND o.made_at <= a.ts + to_seconds($near_s)
WHERE o.plate_state = 'partial' AND coalesce(o.starts = a.starts, true) AND coalesce(o.ends = a.ends, true);

INSERT INTO found
SELECT o.rid, NULL, CASE WHEN len(o.persons) = 1 THEN o.persons[1] END, CASE
    WHEN o.rid IN (SELECT rid FROM may_be) THEN 'indeterminate'
    WHEN o.made_at IS NOT NULL AND o.made_at < (SELECT first FROM span) THEN 'indeterminate'
    WHEN o.made_at IS NOT NULL AND o.made_at > (SELECT last FROM span) + to_seconds($near_s) THEN 'indeterminate'
    WHEN o.origin = 'portal' THEN 'around_portal'
    WHEN o.zoneless OR o.made_at IS NULL THEN 'indeterminate'
    WHEN o.reason_state = 'written' AND o.writes_id THEN CASE o.origin WHEN 'interface' THEN 'around_credential' ELSE 'around_portal' END
    WHEN o.reason_state = 'blank' AND o.writes_id THEN CASE o.origin WHEN 'interface' THEN 'around_credential' ELSE 'around_portal' END
    WHEN o.starts IS NOT NULL AND o.ends IS NOT NULL AND (o.plate_state = 'known' AND (e.epoch IS NULL OR list_contains(o.epochs, e.epoch))
      OR o.plate_state = 'partial' AND o.rid NOT IN (SELECT rid FROM part_of_ours)) THEN CASE o.origin WHEN 'interface' THEN 'around_credential' ELSE 'around_portal' END
    ELSE 'indeterminate' END,
  CASE
    WHEN o.made_at < (SELECT first FROM span) THEN 'before the ledger begins'
    WHEN o.made_at > (SELECT last FROM span) + to_seconds($near_s) THEN 'after the ledger ends'
    WHEN o.origin = 'portal' THEN 'a search that does not come from the programming interface'
    WHEN o.zoneless OR o.made_at IS NULL THEN 'its time cannot be read or has no zone'
    WHEN o.rid IN (SELECT rid FROM may_be) AND o.rid IN (SELECT rid FROM uncomparable) THEN 'its plate can only be compared with an auditor''s key'
    WHEN o.reason_state IN ('written', 'blank') AND o.writes_id AND o.decision_id IS NOT NULL THEN 'its decision id is of no search that the gateway sent'
    WHEN o.reason_state IN ('written', 'blank') AND o.writes_id THEN 'no decision id where the gateway writes one'
    WHEN o.plate_state IN ('known', 'partial') AND (o.starts IS NULL OR o.ends IS NULL) THEN 'it tells no window to compare'
    WHEN o.plate_state = 'partial' AND o.rid NOT IN (SELECT rid FROM part_of_ours) THEN 'no search of ours has its window and time'
    WHEN o.plate_state = 'partial' THEN 'it tells part of a plate, which may have been searched or be blacked out in part'
    WHEN o.plate_state = 'known' AND (e.epoch IS NULL OR list_contains(o.epochs, e.epoch)) AND o.rid NOT IN (SELECT rid FROM may_be)
      THEN 'no search of ours has its plate, window and time'
    WHEN o.plate_state = 'known' THEN 'its plate can only be compared with an auditor''s key'
    WHEN o.plate_state = 'unreadable' THEN 'its plate cannot be read'
    WHEN o.plate_state = 'blank' THEN 'it names no plate'
    ELSE 'blacked out or withheld' END
FROM own o ASOF LEFT JOIN epochs_then e ON o.made_at >= e.ts
WHERE NOT o.again AND o.rid NOT IN (SELECT rid FROM found);

INSERT INTO found SELECT rid, NULL, NULL, 'duplicate', 'the same id again' FROM own WHERE again;

-- 7. Rows whose plate could not be held against the record's: the hash there is under a key that was not at hand when the file was
-- imported. Compared with the search whose id they have, with what was denied in the day before (of which each hour is asked once),
-- and with whatever was searched then. None of them is called anything for that; of those around the gateway the note says it.
CREATE TEMP TABLE refused_by_hour AS
SELECT name, unnest([whole_hour::DATE, whole_hour::DATE + 1]) AS day, plate_hmac_epoch, plate_trace_epoch, min(ts) AS first, max(ts) AS last
FROM (SELECT *, date_trunc('hour', ts) AS whole_hour, unnest(['', user_id]) AS name
  FROM refused WHERE plate_hmac IS NOT NULL)
GROUP BY name, whole_hour, plate_hmac_epoch, plate_trace_epoch;

CREATE TEMP TABLE not_compared AS
SELECT rid, min(epoch) AS epoch, bool_or(denied) AS denied FROM (
  SELECT o.rid, a.plate_hmac_epoch AS epoch, false AS denied
  FROM own o JOIN found f USING (rid) JOIN asked a ON a.decision_id = f.decision_id
  WHERE o.plate_state = 'known' AND o.decision_id = a.decision_id AND f.class IN ('matched', 'altered')
    AND a.plate_hmac IS NOT NULL AND NOT list_has_any(coalesce(o.epochs, []), [a.plate_hmac_epoch, a.plate_trace_epoch])
  UNION ALL
  SELECT o.rid, d.plate_hmac_epoch, true
  FROM (SELECT *, unnest(CASE WHEN origin = 'interface' OR coalesce(person, '') = '' THEN [''] ELSE persons END) AS who FROM own) o
  JOIN found f USING (rid) JOIN refused_by_hour d ON d.day = (o.made_at + INTERVAL 1 SECOND)::DATE AND d.name = o.who
  WHERE o.plate_state IN ('known', 'partial') AND f.class IN ('around_portal', 'around_credential')
    AND d.first < o.made_at + INTERVAL 1 SECOND AND d.last > o.made_at - INTERVAL 24 HOUR
    AND NOT list_has_any(coalesce(o.epochs, []), [d.plate_hmac_epoch, d.plate_trace_epoch])
  UNION ALL
  SELECT o.rid, e.epoch, false
  FROM own o JOIN found f USING (rid) ASOF JOIN epochs_then e ON o.made_at >= e.ts
  WHERE o.plate_state IN ('known', 'partial') AND f.class = 'indeterminate' AND NOT list_contains(coalesce(o.epochs, []), e.epoch)
    AND o.made_at <= (SELECT last FROM span) + to_seconds($near_s)
) GROUP BY rid;

-- 8. Searches that went out within the time of a whole export of that vendor, and are not in it. What an export covers, all of its
-- rows say, whatever the period. How far it reaches say also the rows of which the time cannot be read and that have the id of a search:
-- what is searched there, and not in it, may be in it, and nothing is said of it. Rows that have neither may be of any time.
CREATE TEMP TABLE covered AS
SELECT vendor, min(made_at) AS first, max(made_at) AS last, min(searched_at) AS starts, max(searched_at) AS ends
FROM told WHERE source = 'organization' GROUP BY vendor, import_id;

CREATE TEMP TABLE timed AS
SELECT import_id, count(*) AS rows, count(*) FILTER (made_at IS NULL) AS without_time,
  count(*) FILTER (made_at IS NULL AND source = 'organization' AND (searched_at IS NULL OR NOT EXISTS (
    SELECT 1 FROM covered c WHERE c.vendor = t.vendor AND t.searched_at BETWEEN c.first AND c.last))) AS beyond,
  bool_or(searched_at IS NOT NULL) AS of_period
FROM told t WHERE own AND inside AND source <> 'events' GROUP BY import_id;

CREATE TEMP TABLE unfound_answered AS
SELECT a.decision_id, a.user_id, a.ts, EXISTS (SELECT 1 FROM covered c WHERE c.vendor = a.vendor AND a.ts BETWEEN c.first AND c.last) AS is_missing
FROM asked a WHERE a.inside AND a.answered AND EXISTS (
    SELECT 1 FROM covered c WHERE c.vendor = a.vendor AND a.ts BETWEEN c.starts AND c.ends)
  AND a.decision_id NOT IN (SELECT decision_id FROM found WHERE decision_id IS NOT NULL AND class IN ('matched', 'altered'))
  AND NOT EXISTS (SELECT 1 FROM counted n WHERE n.decision_id = a.decision_id)
  AND NOT EXISTS (SELECT 1 FROM may_be m WHERE m.decision_id = a.decision_id);

CREATE TEMP TABLE reconciled AS
SELECT f.class, coalesce(p.import_id, o.import_id) AS import_id, CASE WHEN p.rid IS NULL THEN o.sheet ELSE p.sheet END AS sheet, coalesce(p.row, o.row) AS row, f.decision_id, coalesce(f.user_id, CASE WHEN len(o.persons) = 1 THEN o.persons[1] END) AS user_id, o.person, o.made_at,
  o.searched_at, o.kind AS search_kind, o.networks, f.note || CASE WHEN n.denied THEN '; not compared with plates that were denied before, for want of a key' ELSE '' END
  || CASE WHEN f.class LIKE 'around_%' AND o.stranger THEN '; $unknown' ELSE '' END AS note, CASE f.class WHEN 'indeterminate' THEN coalesce(m.ids, []) ELSE [] END AS may_be,
  CASE WHEN len(o.persons) = 0 THEN coalesce(d.denied, []) ELSE o.persons END AS persons, o.stranger
FROM found f JOIN own o USING (rid) LEFT JOIN after_denial d USING (rid) LEFT JOIN not_compared n USING (rid) LEFT JOIN places p USING (rid)
LEFT JOIN (SELECT rid, list(DISTINCT decision_id ORDER BY decision_id) AS ids
  FROM (SELECT rid, decision_id FROM may_be UNION ALL SELECT rid, decision_id FROM counted) GROUP BY rid) m USING (rid) WHERE o.inside
UNION ALL
SELECT CASE WHEN is_missing THEN 'missing_at_vendor' ELSE 'indeterminate' END, NULL, NULL, NULL, decision_id, user_id, NULL, ts, ts, NULL, NULL,
  CASE WHEN is_missing THEN 'the vendor''s export lacks it' ELSE 'no row of the vendor''s export tells of it, but the times of rows about then cannot be read' END, [], [], false
FROM unfound_answered;

-- 9. Over how many networks the vendor ran searches of ours: of each day, purpose and offence the widest.
CREATE TEMP TABLE reach AS
SELECT arg_max(a.decision_id, (o.networks, a.decision_id)) AS decision_id, arg_max(a.ts, (o.networks, a.decision_id)) AS made_at, max(o.networks) AS networks, a.purpose, a.offense
FROM found f JOIN own o USING (rid) JOIN asked a ON a.decision_id = f.decision_id
WHERE a.inside AND f.class = 'matched' AND o.networks > 1 GROUP BY a.ts::DATE, a.purpose, a.offense;
