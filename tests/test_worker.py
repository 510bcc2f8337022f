"""The timetable over a real Redis, with a worker in a process of its own, as in production."""

from script.lib import servers
from tests.conftest import connect_celery
from tracker.celery import app
from tracker.reminders.models import Run
from tracker.tasks import sweep


def finished_sweep():
    return Run.objects.filter(job="sweep", finished_at__isnull=False).first()


def test_a_worker_does_what_was_sent_before_it_started(broker, start_worker, eventually):
    sweep.delay()
    start_worker()
    run = eventually(finished_sweep, 60)
    assert not run.failed, run.outcome


def test_a_queue_outlives_its_server(tmp_path, start_worker, eventually):
    """Redis killed, not asked to end: what was queued before is done all the same."""
    redis = servers.Redis(tmp_path / "redis", tmp_path / "redis.log")
    with redis:
        connect_celery(app, redis.url)
        sweep.delay()
        servers.kill(redis.process)
        redis.start()
        start_worker(CELERY_BROKER_URL=redis.url)
        eventually(finished_sweep, 60)


def test_the_worker_ends_when_it_is_asked_to(start_worker):
    worker = start_worker()
    worker.terminate()
    assert worker.wait(15) == 0


def test_every_task_of_the_timetable_exists():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)
