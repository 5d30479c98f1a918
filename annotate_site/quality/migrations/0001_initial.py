from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('include_simulated', models.BooleanField(unique=True)),
                ('as_of', models.DateTimeField()),
                ('took_ms', models.PositiveIntegerField()),
                ('figures', models.JSONField(help_text='As in measures.report.Figures.')),
            ],
        ),
    ]
