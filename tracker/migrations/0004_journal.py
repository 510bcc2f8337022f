"""Every event gets its place in the chain of its organisation, and from then on stays as it is."""

from django.db import migrations, models

from tracker.journal import triggers
from tracker.journal.chain import chain_of, hash_of

BATCH = 2000


def chain_events(apps, schema_editor):
    """Chain what was recorded so far, in the order in which it was. Memory: a batch, and a head for each place."""
    Event, ChainHead = apps.get_model("tracker", "Event"), apps.get_model("tracker", "ChainHead")
    connection = schema_editor.connection
    heads, last = {}, 0
    while batch := list(Event.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = batch[-1].pk
        for event in batch:
            chain = chain_of(event.organisation_id)
            link, event.previous_hash = heads.get(chain, (0, ""))
            event.link = link + 1
            event.hash = hash_of(event)
            heads[chain] = event.link, event.hash
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE tracker_event SET link = %s, previous_hash = %s, hash = %s WHERE id = %s",
                [(event.link, event.previous_hash, event.hash, event.pk) for event in batch],
            )
    ChainHead.objects.bulk_create(
        ChainHead(chain=chain, link=link, hash=newest) for chain, (link, newest) in sorted(heads.items())
    )


def install_triggers(apps, schema_editor):
    triggers.install(schema_editor.connection)


def lift_triggers(apps, schema_editor):
    triggers.lift(schema_editor.connection)


def forget_heads(apps, schema_editor):
    apps.get_model("tracker", "ChainHead").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("tracker", "0003_life")]

    operations = [
        migrations.RunPython(chain_events, forget_heads),
        migrations.RemoveIndex(model_name="event", name="event_by_link"),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.UniqueConstraint(
                fields=["organisation", "link"], condition=models.Q(link__gt=0), name="one_event_per_link"
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.UniqueConstraint(
                fields=["link"],
                condition=models.Q(link__gt=0, organisation__isnull=True),
                name="one_event_per_link_of_the_service",
            ),
        ),
        migrations.RunPython(install_triggers, lift_triggers),
    ]
