
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inspections', '0001_initial'),
        ('tracker', '0005_bulk_deed'),
    ]

    operations = [
        migrations.CreateModel(
            name='AlertDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('typed', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Checkpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cycle', models.PositiveSmallIntegerField()),
                ('at', models.DateTimeField()),
                ('text', models.TextField()),
                ('form_key', models.UUIDField(help_text='a double click is one deed', null=True, unique=True)),
            ],
            options={
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Escalation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('duty', models.CharField(choices=[('acknowledge', 'Acknowledge the alert'), ('immediate', 'An action with owner and date for every concern'), ('response', 'Written response'), ('reading', 'Reading'), ('checkpoint', 'Checkpoint at the level above'), ('worsened', 'A reading got worse')], max_length=20)),
                ('occasion', models.CharField(help_text='tells the duty apart from the same one at another time', max_length=80)),
                ('rung', models.CharField(choices=[('rung_head', 'Head of the organisation'), ('rung_region', 'Regional Probation Director'), ('rung_area', 'Area Executive Director'), ('rung_chief_officer', 'Chief Probation Officer'), ('rung_chief_executive', 'Chief executive of HMPPS')], max_length=30)),
                ('due', models.DateField(help_text='the limit that was passed')),
                ('reached_on', models.DateField()),
                ('recorded_at', models.DateTimeField()),
                ('passed_on_from', models.CharField(blank=True, help_text='the vacant posts whose turn it was', max_length=200)),
            ],
            options={
                'ordering': ['reached_on', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Measure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('name', models.CharField(max_length=200)),
                ('unit', models.CharField(blank=True, help_text='cases, per cent', max_length=40)),
                ('target', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                ('worse', models.CharField(choices=[('up', 'Higher is worse'), ('down', 'Lower is worse')], max_length=4)),
            ],
            options={
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='Pause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts', models.DateField()),
                ('ends', models.DateField(help_text='the last day')),
                ('reason', models.TextField()),
                ('at', models.DateTimeField()),
                ('form_key', models.UUIDField(help_text='a double click is one deed', null=True, unique=True)),
            ],
            options={
                'ordering': ['-starts', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Reading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.DecimalField(decimal_places=2, max_digits=12)),
                ('as_at', models.DateField(blank=True, help_text='null: as published, no date is printed', null=True)),
                ('note', models.CharField(blank=True, help_text='shown beside it on the chart', max_length=300)),
                ('worsened', models.BooleanField(default=False, help_text='worse than the one before by more than the margin')),
                ('at', models.DateTimeField()),
                ('form_key', models.UUIDField(help_text='a double click is one deed', null=True, unique=True)),
            ],
            options={
                'ordering': ['as_at', 'pk'],
            },
        ),
        migrations.AddField(
            model_name='alertcase',
            name='accepted_at',
            field=models.DateTimeField(blank=True, help_text='of this cycle; readings and checkpoints run', null=True),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='acknowledged_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='acknowledged_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='end_agreed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='end_agreed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='end_asked_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='end_asked_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='end_confirmed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='end_reason',
            field=models.TextField(blank=True, help_text='why it was withdrawn or opened again'),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='ended_at',
            field=models.DateTimeField(blank=True, help_text='stood down or withdrawn', null=True),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='exception',
            field=models.TextField(blank=True, help_text='why it ends although not all is done; named when asked for'),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='exit_plan',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='form_key',
            field=models.UUIDField(help_text='a double click is one deed', null=True, unique=True),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='judged_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='kind',
            field=models.CharField(choices=[('unallocated', 'Unallocated cases'), ('unseen', 'People not seen, or without a next appointment'), ('mappa', 'MAPPA cases not managed'), ('safeguarding', 'Safeguarding or domestic abuse checks not made'), ('staffing', 'Too few staff to manage cases safely'), ('other', 'Something else')], default='unallocated', max_length=30),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='required_text',
            field=models.TextField(blank=True, help_text='what is required of the place, as the inspector put it'),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='responded_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='responded_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='respondent',
            field=models.CharField(blank=True, help_text='who answers, as a report prints it', max_length=300),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='response_text',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='return_reason',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='alertcase',
            name='returned_at',
            field=models.DateTimeField(blank=True, help_text='of the last response that was returned', null=True),
        ),
        migrations.AddField(
            model_name='post',
            name='rung',
            field=models.CharField(blank=True, choices=[('rung_area', 'Area Executive Director'), ('rung_chief_officer', 'Chief Probation Officer'), ('rung_chief_executive', 'Chief executive of HMPPS')], help_text='of the ladder of alerts, where it is not the head of the organisation or of its region', max_length=30),
        ),
        migrations.AlterField(
            model_name='limit',
            name='name',
            field=models.CharField(choices=[('plan_due', 'Action plan due, after publication'), ('first_reminder', 'First reminder, before the date'), ('second_reminder', 'Second reminder, before the date'), ('weekly_for', 'Weekly reminders while overdue, for'), ('then_every', 'After that a reminder every'), ('stale_after', 'An update is expected every'), ('free_slip', 'A date moves without being asked for, from the first date up to'), ('historic_after', 'A report is proposed as historic after'), ('alert_acknowledge', 'Alert: acknowledged, working days after it was raised'), ('alert_immediate', 'Alert: immediate actions for every concern, working days'), ('alert_response', 'Alert: written response, working days'), ('alert_returned', 'Alert: a returned response is answered again, working days'), ('alert_reading', 'Alert: readings every so many days'), ('alert_checkpoint', 'Alert: checkpoints every so many days'), ('alert_worsening', 'Alert: a reading is worse by more than per cent'), ('rung_head', 'Alert, past a limit: the head of the organisation, after working days'), ('rung_region', 'Alert, past a limit: the Regional Probation Director, after working days'), ('rung_area', 'Alert, past a limit: the Area Executive Director, after working days'), ('rung_chief_officer', 'Alert, past a limit: the Chief Probation Officer, after working days'), ('rung_chief_executive', 'Alert, past a limit: the chief executive, after working days')], max_length=30),
        ),
        migrations.AddIndex(
            model_name='alertcase',
            index=models.Index(fields=['live', 'state', 'id'], name='alert_by_state'),
        ),
        migrations.AddConstraint(
            model_name='alertcase',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'stood_down'), _negated=True), models.Q(('end_agreed_by__isnull', False), ('end_asked_by__isnull', False), ('end_confirmed_by__isnull', False), models.Q(('end_asked_by', models.F('end_agreed_by')), _negated=True), models.Q(('end_asked_by', models.F('end_confirmed_by')), _negated=True), models.Q(('end_agreed_by', models.F('end_confirmed_by')), _negated=True)), _connector='OR'), name='an_alert_is_stood_down_by_three_people'),
        ),
        migrations.AddConstraint(
            model_name='alertcase',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'withdrawn'), _negated=True), models.Q(('end_reason', ''), _negated=True), _connector='OR'), name='an_alert_is_withdrawn_for_a_reason'),
        ),
        migrations.AddField(
            model_name='alertdraft',
            name='by',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='alert_draft', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='checkpoint',
            name='alert',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='checkpoints', to='tracker.alertcase'),
        ),
        migrations.AddField(
            model_name='checkpoint',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='escalation',
            name='alert',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='escalations', to='tracker.alertcase'),
        ),
        migrations.AddField(
            model_name='escalation',
            name='post',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tracker.post'),
        ),
        migrations.AddField(
            model_name='measure',
            name='alert',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='measures', to='tracker.alertcase'),
        ),
        migrations.AddField(
            model_name='pause',
            name='alert',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pauses', to='tracker.alertcase'),
        ),
        migrations.AddField(
            model_name='pause',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reading',
            name='by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reading',
            name='measure',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='readings', to='tracker.measure'),
        ),
        migrations.AddConstraint(
            model_name='checkpoint',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='a_checkpoint_says_what_was_seen'),
        ),
        migrations.AddConstraint(
            model_name='escalation',
            constraint=models.UniqueConstraint(fields=('alert', 'occasion', 'rung'), name='one_escalation_per_rung'),
        ),
        migrations.AddConstraint(
            model_name='measure',
            constraint=models.UniqueConstraint(fields=('alert', 'position'), name='a_measure_has_its_place'),
        ),
        migrations.AddConstraint(
            model_name='pause',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='a_pause_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='pause',
            constraint=models.CheckConstraint(condition=models.Q(('ends__gte', models.F('starts'))), name='a_pause_ends_after_it_starts'),
        ),
        migrations.AddIndex(
            model_name='reading',
            index=models.Index(fields=['measure', 'as_at', 'id'], name='reading_by_day'),
        ),
    ]
