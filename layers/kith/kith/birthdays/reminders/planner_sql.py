"""The planner's statements, in SQL: a tick makes slices of owners, a slice makes letters.

A tick starts from the users whose hour was reached, by an index on zone and hour, and from those
who were changed since; a slice looks up the contacts of its owners by owner and birth key. So a
tick costs what is due in it, and a user's odd choices cost that user's own rows only. Lookups are
lateral subqueries with ``OFFSET 0``, which PostgreSQL makes row by row, by index, and never turns
into a reading of the whole table.
"""

from typing import Final

_REMINDED: Final = "u.reminders_enabled AND u.verified_at IS NOT NULL"
_ANNOUNCED: Final = """
c.deleted_at IS NULL AND c.birth_key IS NOT NULL AND NOT c.muted AND NOT c.deceased
"""

# One look into the index for each zone, however many users there are.
ZONES: Final = f"""
WITH RECURSIVE zones AS (
    (SELECT u.time_zone FROM users u WHERE {_REMINDED} ORDER BY u.time_zone LIMIT 1)
    UNION ALL
    SELECT (
        SELECT u.time_zone FROM users u
        WHERE {_REMINDED} AND u.time_zone > zones.time_zone ORDER BY u.time_zone LIMIT 1
    )
    FROM zones WHERE zones.time_zone IS NOT NULL
)
SELECT time_zone FROM zones WHERE time_zone IS NOT NULL
"""  # noqa: S608 - constants of this module, here and below

PLANNED_UNTIL: Final = "SELECT planned_until FROM planner"

_HOURS: Final = """
SELECT *
FROM unnest(
    CAST(:zones AS text[]), CAST(:firsts AS time[]), CAST(:covers AS time[])
) AS hours (zone, first, covers)
"""

_TODAY: Final = """
SELECT *
FROM unnest(CAST(:todays_zones AS text[]), CAST(:todays_covers AS time[])) AS today (zone, covers)
"""

# Who was changed is looked at again, if their hour has come: a birthday that was added after the
# day's letter is due the same day. Changes are found twice rather than not at all: the moment of a
# change is that of its request, which may commit later than this looks.
MAKE_SLICES: Final = f"""
WITH hours AS ({_HOURS}), today AS ({_TODAY}), candidates AS (
    SELECT found.id
    FROM hours
    CROSS JOIN LATERAL (
        SELECT u.id FROM users u
        WHERE {_REMINDED} AND u.time_zone = hours.zone
            AND u.reminders_at BETWEEN hours.first AND hours.covers
        OFFSET 0
    ) found
    UNION
    SELECT u.id
    FROM users u JOIN today ON today.zone = u.time_zone AND u.reminders_at <= today.covers
    WHERE {_REMINDED} AND u.updated_at > CAST(:changed_after AS timestamptz)
    UNION
    SELECT found.id
    FROM (
        SELECT DISTINCT c.owner_id FROM contacts c
        WHERE {_ANNOUNCED} AND c.updated_at > CAST(:changed_after AS timestamptz)
        OFFSET 0
    ) changed
    CROSS JOIN LATERAL (
        SELECT u.id FROM users u JOIN today ON today.zone = u.time_zone
        WHERE u.id = changed.owner_id AND {_REMINDED} AND u.reminders_at <= today.covers
        OFFSET 0
    ) found
), numbered AS (
    SELECT id, (row_number() OVER (ORDER BY id) - 1) / CAST(:owners_per_slice AS integer) AS number
    FROM candidates
), slices AS (
    INSERT INTO planner_slices (tick, since, owners, posted_at, created_at)
    SELECT :at, :since, array_agg(id ORDER BY id), :now, :now
    FROM numbered
    GROUP BY number
    RETURNING id
), state AS (
    INSERT INTO planner (single, planned_until)
    SELECT true, CAST(:at AS timestamptz) WHERE CAST(:at AS timestamptz) <= :now
    ON CONFLICT (single) DO UPDATE
    SET planned_until = greatest(planner.planned_until, excluded.planned_until)
)
SELECT id FROM slices ORDER BY id
"""  # noqa: S608

CLAIM_SLICE: Final = """
UPDATE planner_slices
SET lease_until = CAST(:now AS timestamptz) + CAST(:lease AS interval)
WHERE id = :slice_id AND (lease_until IS NULL OR lease_until <= :now)
RETURNING tick, since, owners
"""

KEEP_REST: Final = """
UPDATE planner_slices
SET owners = CAST(:owners AS uuid[]), lease_until = NULL, posted_at = :now
WHERE id = :slice_id
"""

FINISH_SLICE: Final = "DELETE FROM planner_slices WHERE id = :slice_id"

TAKE_UNPOSTED_SLICES: Final = """
UPDATE planner_slices
SET posted_at = :now
WHERE (posted_at IS NULL OR posted_at <= :long_ago) AND (lease_until IS NULL OR lease_until <= :now)
RETURNING id
"""

MARK_SLICES_UNPOSTED: Final = """
UPDATE planner_slices SET posted_at = NULL WHERE id = ANY (CAST(:ids AS bigint[]))
"""

OLDEST_SLICE: Final = """
SELECT count(*), coalesce(extract(epoch FROM CAST(:now AS timestamptz) - min(created_at)), 0)
FROM planner_slices
"""

OWNERS: Final = f"""
SELECT u.id, u.time_zone, u.contacts_living
FROM users u
WHERE u.id = ANY (CAST(:owners AS uuid[])) AND {_REMINDED}
ORDER BY u.id
"""  # noqa: S608

_LOCAL_HOURS: Final = """
SELECT *
FROM unnest(
    CAST(:zone AS text[]), CAST(:day AS date[]), CAST(:first AS time[]), CAST(:covers AS time[]),
    CAST(:reached AS time[]), CAST(:minutes_left AS integer[]),
    CAST(:day_before AS timestamptz[]), CAST(:ends AS timestamptz[])
) AS hours (zone, today, first, covers, reached, minutes_left, day_before, ends)
"""

_OBSERVED_DAYS: Final = """
SELECT *
FROM unnest(
    CAST(:today AS date[]), CAST(:birth_key AS smallint[]), CAST(:occurrence AS date[]),
    CAST(:lead AS smallint[]), CAST(:leap_day AS text[]), CAST(:other AS date[]),
    CAST(:late AS boolean[])
) AS days (today, birth_key, occurrence, lead, leap_day, other, late)
"""

_CONTACT: Final = "c.id AS contact_id, c.updated_at AS contact_changed_at, c.created_at AS met_at"
_FOUND: Final = """
id, mode, today, wait, changed_at, joined_at, day_before, ends, lead,
contact_id, contact_changed_at, met_at
"""

# Whoever was merged into a contact, at first or second hand, and was announced for it.
_LOSER_ANNOUNCED: Final = """
WITH RECURSIVE losers (id) AS (
    SELECT unnest(m.loser_ids) FROM merges m
    WHERE m.owner_id = found.id AND m.winner_id = found.contact_id AND m.undone_at IS NULL
    UNION
    SELECT unnest(m.loser_ids) FROM losers JOIN merges m ON m.winner_id = losers.id
    WHERE m.owner_id = found.id AND m.undone_at IS NULL
)
SELECT FROM losers JOIN reminder_log log ON log.contact_id = losers.id
WHERE log.user_id = found.id AND log.occurrence = found.occurrence AND log.lead = found.lead
    AND log.outcome IS NULL
"""

# `looked_up`: the days that a profile asks for. `own`: contacts with leads of their own, of these
# owners only. `found`: the contacts of those days. `due`: without what was announced already, by
# whatever letter, under either day of a 29 February, or as somebody who was merged into the contact
# since. What was only dropped or written off is not announced.
_DUE: Final = f"""
WITH hours AS ({_LOCAL_HOURS}), days AS MATERIALIZED ({_OBSERVED_DAYS}), owners AS MATERIALIZED (
    SELECT
        u.id, u.leap_day, u.lead_days, u.reminders_mode AS mode, u.updated_at AS changed_at,
        u.created_at AS joined_at, hours.today, hours.day_before, hours.ends,
        least(
            greatest(u.reminders_at - hours.reached, interval '0'),
            make_interval(mins => hours.minutes_left - 1)
        ) AS wait
    FROM unnest(CAST(:owners AS uuid[])) AS slice (id)
    CROSS JOIN LATERAL (
        SELECT u.* FROM users u WHERE u.id = slice.id AND {_REMINDED} OFFSET 0
    ) u
    JOIN hours ON hours.zone = u.time_zone
        AND u.reminders_at BETWEEN hours.first AND hours.covers
    WHERE u.reminders_mode <> 'weekly' OR u.reminders_weekday = extract(isodow FROM hours.today)
), asked AS MATERIALIZED (
    SELECT owners.*, leads.lead
    FROM owners
    CROSS JOIN LATERAL unnest(
        CASE owners.mode WHEN 'weekly' THEN CAST('{{0,1,2,3,4,5,6}}' AS smallint[])
        ELSE owners.lead_days END
    ) AS leads (lead)
), looked_up AS MATERIALIZED (
    SELECT asked.*, days.birth_key, days.occurrence, days.other, days.late
    FROM asked JOIN days USING (today, lead)
    WHERE days.leap_day IS NULL OR days.leap_day = asked.leap_day
), own AS MATERIALIZED (
    SELECT owners.*, leads.lead, contact.*
    FROM owners
    CROSS JOIN LATERAL (
        SELECT {_CONTACT}, c.birth_key, c.lead_days AS own_lead_days FROM contacts c
        WHERE c.owner_id = owners.id AND c.lead_days IS NOT NULL AND {_ANNOUNCED}
        OFFSET 0
    ) contact
    CROSS JOIN LATERAL unnest(contact.own_lead_days) AS leads (lead)
    WHERE owners.mode <> 'weekly'
), found AS (
    SELECT {_FOUND}, looked_up.occurrence, looked_up.other, looked_up.late
    FROM looked_up
    CROSS JOIN LATERAL (
        SELECT {_CONTACT} FROM contacts c
        WHERE c.owner_id = looked_up.id AND c.birth_key = looked_up.birth_key AND {_ANNOUNCED}
            AND (c.lead_days IS NULL OR looked_up.mode = 'weekly' AND c.lead_days <> '{{}}')
        OFFSET 0
    ) contact
    UNION ALL
    SELECT {_FOUND}, days.occurrence, days.other, days.late
    FROM own JOIN days USING (today, lead, birth_key)
    WHERE days.leap_day IS NULL OR days.leap_day = own.leap_day
), due AS (
    SELECT found.*, concat_ws(
        '/', 'reminder', found.id, found.today,
        CASE found.mode
        WHEN 'per_contact' THEN concat_ws('/', found.contact_id, found.lead)
        ELSE found.mode END
    ) AS base_key
    FROM found
    WHERE (NOT late OR changed_at >= day_before AND contact_changed_at < day_before)
        AND NOT EXISTS (
            SELECT FROM reminder_log log LEFT JOIN outbox letter ON letter.id = log.letter_id
            WHERE log.user_id = found.id AND log.contact_id = found.contact_id
                AND log.occurrence IN (found.occurrence, coalesce(found.other, found.occurrence))
                AND log.lead = found.lead AND log.outcome IS NULL
                AND letter.state IS DISTINCT FROM 'dropped'
            OFFSET 0
        )
        AND CASE WHEN EXISTS (
            SELECT FROM merges m
            WHERE m.owner_id = found.id AND m.winner_id = found.contact_id AND m.undone_at IS NULL
            OFFSET 0
        ) THEN NOT EXISTS ({_LOSER_ANNOUNCED}) ELSE true END
)
"""  # noqa: S608

# One statement, so one transaction: the letters, and in the log who is in them. The unique key of a
# letter decides which of two planners makes it; only who made it writes its log. What becomes due
# after a day's letter gets one of its own, whose key is made of who is in it. A letter that was
# dropped is due again when the reason for dropping it has gone.
PLAN: Final = f"""
{_DUE}, keyed AS (
    SELECT
        due.id AS user_id, due.base_key, due.mode, due.today, min(due.wait) AS wait,
        CASE WHEN due.mode = 'daily' AND EXISTS (
            SELECT FROM outbox WHERE outbox.key = due.base_key AND outbox.state <> 'dropped'
            OFFSET 0
        ) THEN concat_ws('/', due.base_key, md5(string_agg(
            concat_ws('/', due.contact_id, due.lead), ',' ORDER BY due.contact_id, due.lead
        ))) ELSE due.base_key END AS key
    FROM due
    GROUP BY due.id, due.base_key, due.mode, due.today
), letters AS (
    INSERT INTO outbox (kind, user_id, key, data, not_before, posted_at, created_at)
    SELECT
        'reminder_' || mode, user_id, key, jsonb_build_object('local_date', today),
        CAST(:now AS timestamptz) + wait, CAST(:now AS timestamptz) + wait, :now
    FROM keyed
    ORDER BY key
    ON CONFLICT (key) DO UPDATE
    SET state = 'pending', not_before = excluded.not_before, posted_at = excluded.posted_at,
        reason = NULL, done_at = NULL
    WHERE outbox.state = 'dropped'
    RETURNING id, key, not_before
), logged AS (
    INSERT INTO reminder_log AS log
        (user_id, contact_id, occurrence, lead, local_date, mode, letter_id, planned_at)
    SELECT
        due.id, due.contact_id, due.occurrence, due.lead, due.today, due.mode, letters.id, :now
    FROM due JOIN keyed USING (base_key) JOIN letters USING (key)
    ON CONFLICT (user_id, contact_id, occurrence, lead) DO UPDATE
    SET local_date = excluded.local_date, mode = excluded.mode, letter_id = excluded.letter_id,
        outcome = NULL, planned_at = excluded.planned_at
    WHERE log.outcome IS NOT NULL OR EXISTS (
        SELECT FROM outbox WHERE outbox.id = log.letter_id AND outbox.state = 'dropped' OFFSET 0
    )
)
SELECT id, CAST(extract(epoch FROM not_before - CAST(:now AS timestamptz)) AS integer)
FROM letters
"""  # noqa: S608

# Hours that no tick has planned, of dates that are over: logged, never sent. What came later than
# that date, by the user's midnight, has missed nothing.
EXPIRE: Final = f"""
{_DUE}
INSERT INTO reminder_log
    (user_id, contact_id, occurrence, lead, local_date, mode, outcome, planned_at)
SELECT due.id, due.contact_id, due.occurrence, due.lead, due.today, due.mode, 'expired', :now
FROM due
WHERE NOT late AND joined_at < ends AND met_at < ends
    AND NOT EXISTS (SELECT FROM outbox WHERE outbox.key = due.base_key OFFSET 0)
ON CONFLICT DO NOTHING
RETURNING contact_id
"""  # noqa: S608
