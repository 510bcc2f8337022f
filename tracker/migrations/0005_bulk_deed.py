import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tracker', '0004_journal'),
    ]

    operations = [
        migrations.CreateModel(
            name='BulkDeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('deed', models.CharField(choices=[('assign', 'Owner chosen'), ('move', 'Date moved'), ('note', 'Note added')], max_length=10)),
                ('kind', models.CharField(choices=[('action', 'Action'), ('followup', 'Recommendation')], max_length=10)),
                ('at', models.DateTimeField()),
                ('said', models.TextField(blank=True, help_text='the new owner, date or note')),
                ('done', models.JSONField(default=list, help_text='[id, how] of each row that it was done to')),
                ('skipped', models.JSONField(default=list, help_text='[id, why] of each row that it was not done to')),
                ('unseen', models.PositiveIntegerField(default=0, help_text="asked for, and not this person's to see")),
                ('told', models.JSONField(default=list, help_text='names of those who are told')),
                ('form_key', models.UUIDField(help_text='a double click is one deed', unique=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
    ]
