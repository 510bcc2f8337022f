"""What words are looked for in, from all rows that there are."""

from django.db import migrations

from tracker.insight import search_index


def install(apps, schema_editor):
    search_index.install(schema_editor.connection)


def remove(apps, schema_editor):
    search_index.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("inspections", "0001_initial"),
        ("tracker", "0016_saved_views"),
    ]

    operations = [migrations.RunPython(install, remove)]
