import datetime

from django.db import migrations, models

DUTIES = [
    ("acknowledge", "Acknowledge the alert"), ("immediate", "An action with owner and date for every concern"),
    ("response", "Written response"), ("reading", "Reading"), ("checkpoint", "Checkpoint at the level above"),
    ("worsened", "A reading got worse"),
]  # fmt: skip
NO_DATE = datetime.date(9999, 12, 31)


class Migration(migrations.Migration):
    """What is due first and when the next rung is reached, stored; the first climb fills it for what is here."""

    dependencies = [("tracker", "0011_delivered_and_stopped")]

    operations = [
        migrations.AddField(
            "alertcase", "next_due",
            models.DateField(default=NO_DATE, help_text="of what is due first; 9999-12-31: nothing is"),
        ),
        migrations.AddField(
            "alertcase", "next_duty",
            models.CharField(blank=True, choices=DUTIES, default="", help_text="what that is", max_length=20),
        ),
        migrations.AddField(
            "alertcase", "next_moment",
            models.DateField(default=NO_DATE, help_text="from this day on there is a rung to record"),
        ),
        migrations.AddField(
            "alertcase", "worked_out_on",
            models.CharField(
                blank=True, default="", help_text="limits, posts, holidays; other now: anew", max_length=40
            ),
        ),
        migrations.AddIndex("alertcase", models.Index(fields=["next_due", "id"], name="alert_by_date")),
        migrations.AddIndex(
            "alertcase",
            models.Index(
                condition=models.Q(next_moment__lt=NO_DATE), fields=["next_moment", "id"], name="alert_by_moment"
            ),
        ),
    ]  # fmt: skip
