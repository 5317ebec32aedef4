"""The planner's statements: whole sweeps over everybody, in PostgreSQL's own words.

A sweep is told which birthdays are kept on which days, and what the wall clocks of the time zones
have shown. It starts from the birthdays of those days (an index that holds nothing but living,
unmuted contacts by month and day), not from the users: its cost grows with what is due.
"""

from typing import Final

# What anybody asks for at all: which wall clocks and which days have to be looked at.
ASKED: Final = """
SELECT DISTINCT time_zone, reminders_mode, reminders_weekday, lead_days
FROM users
WHERE reminders_enabled AND verified_at IS NOT NULL
"""

ASKED_BY_CONTACTS: Final = """
SELECT DISTINCT lead_days
FROM contacts
WHERE lead_days IS NOT NULL
"""

_CELEBRATED: Final = """
c.deleted_at IS NULL AND c.birth_key IS NOT NULL AND NOT c.muted AND NOT c.deceased
"""

HOW_MANY: Final = f"""
SELECT count(*)
FROM contacts c
WHERE c.birth_key = ANY (CAST(:birth_keys AS smallint[])) AND {_CELEBRATED}
"""  # noqa: S608 - a constant of this module

# `clocks`: per time zone, due is who asks for an hour after `after` and up to `covers`.
# `days`: per birthday key the day on which it is kept and how far away that is; where a birthday of
# 29 February is kept on another day, only for those users who chose that.
# Who was announced before they were merged into somebody is not announced again as that one; where
# a day has one letter for all, its key sees to that already.
_DUE: Final = f"""
WITH clocks AS (
    SELECT *
    FROM unnest(
        CAST(:zones AS text[]), CAST(:reached AS text[]), CAST(:after AS text[]),
        CAST(:covers AS text[]), CAST(:minutes_left AS integer[])
    ) AS clock (zone, reached, after, covers, minutes_left)
), days AS (
    SELECT *
    FROM unnest(
        CAST(:birth_keys AS smallint[]), CAST(:occurrences AS date[]),
        CAST(:leads AS smallint[]), CAST(:leap_days AS text[])
    ) AS day (birth_key, occurrence, lead, leap_day)
), due AS (
    SELECT
        c.owner_id AS user_id, c.id AS contact_id, d.occurrence, d.lead, u.reminders_mode AS mode,
        concat_ws(
            '/', 'reminder', c.owner_id, CAST(:local_date AS date),
            CASE u.reminders_mode
            WHEN 'per_contact' THEN concat_ws('/', c.id, d.lead)
            ELSE u.reminders_mode END
        ) AS key,
        least(
            greatest(u.reminders_at - CAST(clock.reached AS time), interval '0'),
            make_interval(mins => clock.minutes_left - 1)
        ) AS wait
    FROM days d
    JOIN contacts c
        ON c.birth_key = d.birth_key
        AND c.owner_id BETWEEN CAST(:first_owner AS uuid) AND CAST(:last_owner AS uuid)
        AND {_CELEBRATED}
    JOIN users u ON u.id = c.owner_id AND (d.leap_day IS NULL OR d.leap_day = u.leap_day)
    JOIN clocks clock
        ON clock.zone = u.time_zone
        AND u.reminders_at <= CAST(clock.covers AS time)
        AND (clock.after IS NULL OR u.reminders_at > CAST(clock.after AS time))
    WHERE u.reminders_enabled
        AND u.verified_at IS NOT NULL
        AND CASE u.reminders_mode
            WHEN 'weekly' THEN d.lead < 7 AND u.reminders_weekday = :weekday
            ELSE d.lead = ANY (coalesce(c.lead_days, u.lead_days)) END
        AND NOT EXISTS (
            SELECT FROM reminder_log told
            WHERE told.user_id = c.owner_id AND told.contact_id = c.id
                AND told.occurrence = d.occurrence AND told.lead = d.lead
                AND told.outcome IS DISTINCT FROM 'expired'
        )
        AND (u.reminders_mode <> 'per_contact' OR NOT EXISTS (
            SELECT FROM merges m JOIN reminder_log told
                ON told.user_id = m.owner_id AND told.contact_id = ANY (m.loser_ids)
                AND told.occurrence = d.occurrence AND told.lead = d.lead
                AND told.outcome IS DISTINCT FROM 'expired'
            WHERE m.owner_id = c.owner_id AND m.winner_id = c.id AND m.undone_at IS NULL
        ))
)
"""  # noqa: S608 - as above

# One statement, so one transaction: the letters, and in the ledger who is in them. The unique key
# of a letter decides which of two planners makes it; only who made it writes its ledger.
PLAN: Final = f"""
{_DUE}, letters AS (
    INSERT INTO outbox (kind, user_id, key, data, not_before, posted_at, created_at)
    SELECT
        'reminder_' || min(mode), user_id, key,
        jsonb_build_object('local_date', CAST(:local_date AS date)),
        CAST(:now AS timestamptz) + min(wait), CAST(:now AS timestamptz) + min(wait), :now
    FROM due
    GROUP BY user_id, key
    ORDER BY key
    ON CONFLICT (key) DO NOTHING
    RETURNING id, key, not_before
), told AS (
    INSERT INTO reminder_log AS log
        (user_id, contact_id, occurrence, lead, local_date, mode, letter_id, planned_at)
    SELECT user_id, contact_id, occurrence, lead, :local_date, mode, letters.id, :now
    FROM due JOIN letters USING (key)
    ON CONFLICT (user_id, contact_id, occurrence, lead) DO UPDATE
    SET local_date = excluded.local_date, mode = excluded.mode, letter_id = excluded.letter_id,
        outcome = NULL, planned_at = excluded.planned_at
    WHERE log.outcome = 'expired'
)
SELECT id, CAST(extract(epoch FROM not_before - CAST(:now AS timestamptz)) AS integer)
FROM letters
"""  # noqa: S608 - as above

# Days that went by without a planner: written down, never sent. What did not exist then is no loss.
EXPIRE: Final = f"""
{_DUE}
INSERT INTO reminder_log
    (user_id, contact_id, occurrence, lead, local_date, mode, outcome, planned_at)
SELECT
    due.user_id, due.contact_id, due.occurrence, due.lead, :local_date, due.mode, 'expired', :now
FROM due
JOIN users u ON u.id = due.user_id AND u.created_at < CAST(:before AS timestamptz)
JOIN contacts c
    ON c.owner_id = due.user_id AND c.id = due.contact_id
    AND c.created_at < CAST(:before AS timestamptz)
WHERE NOT EXISTS (SELECT FROM outbox WHERE outbox.key = due.key)
ON CONFLICT DO NOTHING
RETURNING contact_id
"""  # noqa: S608 - as above

PLANNED_UNTIL: Final = "SELECT planned_until FROM planner"

PLANNED: Final = """
INSERT INTO planner (single, planned_until)
VALUES (true, :until)
ON CONFLICT (single) DO UPDATE SET planned_until = greatest(planner.planned_until, :until)
"""
