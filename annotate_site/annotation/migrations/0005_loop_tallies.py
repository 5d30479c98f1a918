"""Tallies instead of counts, and two short queues instead of one: see services.taking."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

_OF_THE_LOOP = "('work', 'gold', 'repeat')"

_KEEP_TALLIES = f"""
CREATE FUNCTION annotation_keep_tally() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whose bigint;
    had integer := 0;
    gained date;
    lost date;
BEGIN
    IF TG_OP <> 'DELETE' THEN
        whose := NEW.annotator_id; had := had + 1; gained := NEW.completed_at::date;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        whose := OLD.annotator_id; had := had - 1; lost := OLD.completed_at::date;
    END IF;
    INSERT INTO annotation_tally AS tally (annotator_id, handed, judged, day, today)
    VALUES (whose, GREATEST(had, 0), (gained IS NOT NULL)::integer, gained, (gained IS NOT NULL)::integer)
    ON CONFLICT (annotator_id) DO UPDATE SET
        handed = tally.handed + had,
        judged = tally.judged + (gained IS NOT NULL)::integer - (lost IS NOT NULL)::integer,
        day = GREATEST(tally.day, gained),
        today = CASE WHEN gained > tally.day OR tally.day IS NULL
            THEN (gained IS NOT NULL)::integer
            ELSE tally.today + COALESCE((gained = tally.day)::integer, 0)
                - COALESCE((lost = tally.day)::integer, 0) END;
    RETURN NULL;
END $$;

CREATE TRIGGER lease_tallied_when_handed_out AFTER INSERT ON annotation_lease
FOR EACH ROW WHEN (NEW.purpose IN {_OF_THE_LOOP})
EXECUTE FUNCTION annotation_keep_tally();

CREATE TRIGGER lease_tallied_when_complete AFTER UPDATE OF completed_at ON annotation_lease
FOR EACH ROW WHEN (NEW.purpose IN {_OF_THE_LOOP}
    AND OLD.completed_at IS DISTINCT FROM NEW.completed_at)
EXECUTE FUNCTION annotation_keep_tally();

CREATE TRIGGER lease_tallied_when_deleted AFTER DELETE ON annotation_lease
FOR EACH ROW WHEN (OLD.purpose IN {_OF_THE_LOOP})
EXECUTE FUNCTION annotation_keep_tally();
"""

_STOP = """
DROP TRIGGER lease_tallied_when_handed_out ON annotation_lease;
DROP TRIGGER lease_tallied_when_complete ON annotation_lease;
DROP TRIGGER lease_tallied_when_deleted ON annotation_lease;
DROP FUNCTION annotation_keep_tally();
"""

_COUNT_ONCE = f"""
INSERT INTO annotation_tally (annotator_id, handed, judged, day, today)
SELECT lease.annotator_id, count(*), count(completed_at), newest.day,
    count(*) FILTER (WHERE completed_at::date = newest.day)
FROM annotation_lease AS lease
JOIN (
    SELECT annotator_id, max(completed_at)::date AS day
    FROM annotation_lease WHERE purpose IN {_OF_THE_LOOP} GROUP BY annotator_id
) AS newest USING (annotator_id)
WHERE purpose IN {_OF_THE_LOOP}
GROUP BY lease.annotator_id, newest.day;
"""

# A place that somebody held once and gave back belongs to those that are looked at first.
_GIVEN_BACK = """
UPDATE annotation_slot SET held_until = '1970-01-01 00:00:00+00'
WHERE held_until IS NULL AND id IN (SELECT slot_id FROM annotation_lease);
"""

# Small rows that are written again and again: with room to stay on their page.
_ROOM = "ALTER TABLE annotation_tally SET (fillfactor = 40);"


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0004_judge_lease_ahead"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("annotator", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="tally", serialize=False, to=settings.AUTH_USER_MODEL)),
                ("handed", models.PositiveIntegerField(default=0, help_text="Comparisons that were handed out.")),
                ("judged", models.PositiveIntegerField(default=0, help_text="Comparisons that are complete.")),
                ("day", models.DateField(help_text="The day that `today` counts.", null=True)),
                ("today", models.PositiveIntegerField(default=0, help_text="Comparisons completed on `day`.")),
                ("queue_position", models.FloatField(help_text="Of comparisons below it that nobody ever held, this person has seen all.", null=True)),
            ],
        ),
        migrations.RemoveIndex(model_name="slot", name="slot_open_by_position"),
        migrations.AlterField(
            model_name="slot",
            name="held_until",
            field=models.DateTimeField(blank=True, help_text="End of the current lease; null when nobody ever held it.", null=True),
        ),
        migrations.AddIndex(
            model_name="slot",
            index=models.Index(condition=Q(done_at__isnull=True, held_until__isnull=True), fields=["position", "index"], name="slot_untouched_by_position"),
        ),
        migrations.AddIndex(
            model_name="slot",
            index=models.Index(condition=Q(done_at__isnull=True, held_until__isnull=False), fields=["held_until"], name="slot_held_until"),
        ),
        migrations.RunSQL(_ROOM, migrations.RunSQL.noop),
        migrations.RunSQL(_COUNT_ONCE, migrations.RunSQL.noop),
        migrations.RunSQL(_KEEP_TALLIES, _STOP),
        migrations.RunSQL(_GIVEN_BACK, migrations.RunSQL.noop),
    ]
