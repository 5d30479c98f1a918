from django.db import migrations

# The name of somebody who deletes their account goes from `subject`; nothing else ever changes.
_FORBID = """
CREATE FUNCTION core_auditevent_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only ever added to';
END $$;
CREATE TRIGGER core_auditevent_append_only
    BEFORE DELETE OR UPDATE OF id, at, actor_id, action, subject_id, before, after
    ON core_auditevent FOR EACH ROW EXECUTE FUNCTION core_auditevent_refuse_change();
"""
_ALLOW = """
DROP TRIGGER core_auditevent_append_only ON core_auditevent;
DROP FUNCTION core_auditevent_refuse_change();
"""


class Migration(migrations.Migration):

    dependencies = [("core", "0001_audit")]

    operations = [migrations.RunSQL(_FORBID, _ALLOW)]
