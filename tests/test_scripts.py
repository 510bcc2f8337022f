"""What a person types: script/server, script/manage, script/test, and the private servers behind them."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time

import pytest

from script.lib import check, install, named, prepare, serve, servers

ROOT = servers.ROOT


def run(*command, **environment):
    """The finished process of a script, in an environment that says nothing about the service but `environment`."""
    env = {name: value for name, value in os.environ.items() if name not in check.NOT_OURS}
    for name in ("DJANGO_SETTINGS_MODULE", "CELERY_BROKER_URL"):
        env.pop(name, None)
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=env | environment, timeout=300)


# ---- production is configured or it does not start ----


def test_production_without_a_secret_key_stops_and_names_it(tmp_path):
    answer = run(sys.executable, "-c", "import tracker.wsgi", DATA_DIR=str(tmp_path))
    assert answer.returncode != 0
    assert "SECRET_KEY" in answer.stderr.splitlines()[-1]


def test_manage_without_a_secret_key_stops_at_a_database_that_is_no_demonstration(tmp_path):
    (tmp_path / "db.sqlite3").touch()
    answer = run("script/manage", "check", DATA_DIR=str(tmp_path))
    assert answer.returncode != 0
    assert "SECRET_KEY" in answer.stderr
    assert not (tmp_path / "demonstration").exists()


def test_manage_does_not_take_somebody_elses_database_for_a_demonstration(tmp_path):
    answer = run("script/manage", "check", DATA_DIR=str(tmp_path), DATABASE_URL=f"sqlite:///{tmp_path}/theirs.sqlite3")
    assert answer.returncode != 0
    assert "SECRET_KEY" in answer.stderr


def test_manage_makes_an_empty_data_folder_a_demonstration_and_finds_it_again(tmp_path):
    first = run("script/manage", "check", DATA_DIR=str(tmp_path))
    assert first.returncode == 0, first.stderr
    (tmp_path / "db.sqlite3").touch()
    assert (tmp_path / "demonstration").read_text() == "embedded\n"
    assert run("script/manage", "check", DATA_DIR=str(tmp_path)).returncode == 0


def test_only_what_the_command_says_is_on_the_output_of_manage(tmp_path):
    import django

    answer = run("script/manage", "version", DATA_DIR=str(tmp_path))
    assert answer.stdout == django.get_version() + "\n"


def test_manage_finds_the_queue_of_a_running_server(tmp_path):
    (tmp_path / "redis").mkdir()
    (tmp_path / "redis" / "url").write_text("redis://:secret@127.0.0.1:7777/0")
    code = "from django.conf import settings; print(settings.CELERY_BROKER_URL)"
    answer = run("script/manage", "shell", "--no-imports", "-c", code, DATA_DIR=str(tmp_path), DEMO="1")
    assert answer.stdout == "redis://:secret@127.0.0.1:7777/0\n", answer.stderr


# ---- script/server ----


@pytest.mark.parametrize("port", ["", "abc", "0", "65536", "-1", "80 80"])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(servers.CannotStart, match="PORT must be a number from 1 to 65535"):
        serve.chosen_port(port)


def test_server_refuses_a_port_that_is_taken_and_leaves_nothing_behind(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        answer = run("script/server", PORT=port, DATA_DIR=str(tmp_path))
    assert answer.returncode == 1
    assert f"Port {port} of 127.0.0.1 is taken" in answer.stderr
    assert not (tmp_path / "redis").exists()


def test_server_refuses_an_argument():
    answer = run("script/server", "8001")
    assert answer.returncode == 1
    assert "takes no arguments" in answer.stderr


def test_a_second_server_on_the_same_data_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("BASE_URL", "http://127.0.0.1:8000")
    with open(tmp_path / "lock", "a+") as first, open(tmp_path / "lock", "a+") as second:
        serve.claim(first, tmp_path)
        with pytest.raises(servers.CannotStart, match=r"already running on .*: process .*, http://127.0.0.1:8000"):
            serve.claim(second, tmp_path)


def test_the_welcome_names_every_account_and_the_password(tmp_path, monkeypatch):
    monkeypatch.setenv("DEMO", "1")
    monkeypatch.setenv("DEMO_PASSWORD", "another-password")
    text = serve.welcome(8001, tmp_path)
    assert "http://127.0.0.1:8001" in text
    assert "another-password" in text
    assert all(address in text for address, _ in serve.ACCOUNTS)


def test_a_service_that_dies_is_shown_and_started_again(tmp_path, capsys):
    service = serve.Service("worker", ["sh", "-c", "echo its last words; exit 3"], tmp_path / "log")
    service.start()
    service.process.wait()
    service.command = ["sleep", "60"]
    service.started -= serve.STAYS_UP
    serve.restart_the_fallen([service])
    try:
        assert service.process.poll() is None
    finally:
        servers.end(service.process)
    said = capsys.readouterr().out
    assert "worker ended by itself (exit code 3)" in said
    assert "its last words" in said


def test_a_service_that_does_not_stay_up_ends_all(tmp_path):
    service = serve.Service("beat", ["false"], tmp_path / "log")
    service.start()
    service.process.wait()
    with pytest.raises(servers.CannotStart, match="beat does not stay up"):
        serve.restart_the_fallen([service])


def test_the_demonstration_is_loaded_once(tmp_path, settings, monkeypatch):
    settings.DATA_DIR = tmp_path
    monkeypatch.delenv("DATABASE_URL", raising=False)
    loaded = []
    monkeypatch.setattr(prepare, "call_command", loaded.append)
    prepare.load_demonstration()
    prepare.load_demonstration()
    assert loaded == ["load_demo"]
    assert (tmp_path / "demonstration").read_text() == "embedded\n"
    assert stat.S_IMODE((tmp_path / "demonstration").stat().st_mode) == 0o600


def test_a_demonstration_that_could_not_be_loaded_is_loaded_next_time(tmp_path, settings, monkeypatch):
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(prepare, "call_command", lambda name: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        prepare.load_demonstration()
    assert not (tmp_path / "demonstration-loaded").exists()


# ---- private servers ----


def test_a_free_port_is_free_and_a_taken_one_is_not():
    port = servers.free_port()
    assert servers.port_is_free(port)
    with socket.create_server(("127.0.0.1", port)):
        assert not servers.port_is_free(port)


def test_ending_a_process_ends_what_it_started():
    process = servers.start(["sh", "-c", "sleep 60 & echo $!; wait"], stdout=subprocess.PIPE, text=True)
    grandchild = int(process.stdout.readline())
    servers.end(process)
    process.stdout.close()
    assert gone(grandchild)


def test_a_process_that_will_not_end_is_killed():
    process = servers.start(["sh", "-c", "trap '' TERM; echo ready; sleep 60"], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    servers.end(process, patience=0.2)
    process.stdout.close()
    assert process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_children_end_when_their_script_is_killed():
    code = "from script.lib.servers import start; p = start(['sleep', '60']); print(p.pid, flush=True); p.wait()"
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as script:
        child = int(script.stdout.readline())
        script.kill()
    assert gone(child)


def gone(pid):
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
        if state.startswith("Z"):  # dead; nobody in this container asks for its exit code
            return True
        time.sleep(0.05)
    return False


def test_a_server_that_cannot_start_says_why(tmp_path):
    log = tmp_path / "log"
    with open(log, "wb") as out:
        process = servers.start(["sh", "-c", "echo no room on the disk; exit 1"], stdout=out)
    with pytest.raises(servers.CannotStart, match=r"(?s)Redis ended at once.*no room on the disk"):
        servers.wait_until(lambda: False, process, "Redis", log)


def test_redis_keeps_its_queue_over_a_restart_and_its_password_to_itself(tmp_path):
    import redis

    server = servers.Redis(tmp_path / "data", tmp_path / "log")
    with server, redis.Redis.from_url(server.url) as connection:
        connection.lpush("queue", "a task")
        assert server.password not in " ".join(commands_of(server.process.pid))
        with redis.Redis(port=server.port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
    with server, redis.Redis.from_url(server.url) as connection:
        assert connection.lrange("queue", 0, -1) == [b"a task"]


def commands_of(pid):
    return subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True).stdout.split()


# ---- set-up ----


def test_uv_looks_where_pip_was_told_to(monkeypatch):
    listing = "global.index-url='https://packages.example/simple'\n:env:.cert='/etc/ca.pem'\nglobal.timeout='60'\n"
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, stdout=listing))
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS", "SSL_CERT_FILE", "UV_INDEX_STRATEGY"):
        monkeypatch.delenv(name, raising=False)
    assert install.pips_sources_for_uv() == {
        "UV_DEFAULT_INDEX": "https://packages.example/simple",
        "SSL_CERT_FILE": "/etc/ca.pem",
    }
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://mine.example/simple")
    assert "UV_DEFAULT_INDEX" not in install.pips_sources_for_uv()


def test_setup_says_so_when_python_is_too_old(tmp_path):
    """In a checkout with no .venv, on a machine whose only Python is an old one."""
    (tmp_path / "script").mkdir()
    (tmp_path / "script" / "setup").write_bytes((ROOT / "script" / "setup").read_bytes())
    machine = tmp_path / "bin"
    machine.mkdir()
    for name in ("bash", "cmp", "dirname"):
        (machine / name).symlink_to(subprocess.check_output(["which", name], text=True).strip())
    (machine / "python3").write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2\nexit 1\n')
    (machine / "python3").chmod(0o755)
    answer = subprocess.run(
        ["bash", tmp_path / "script" / "setup"], capture_output=True, text=True, env={"PATH": str(machine)}
    )
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert "Python 3.11 or newer is needed" in answer.stderr
    assert "Python 3.9.2" in answer.stderr


def test_every_script_can_be_run():
    for name in ("setup", "manage", "server", "test", "bench", "prove", "frontend"):
        assert os.access(ROOT / "script" / name, os.X_OK), name
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


# ---- script/test and script/bench ----


@pytest.mark.parametrize(
    ("last_line", "expected"),
    [
        ("===== 412 passed in 61.20s (0:01:01) =====", {"passed": 412}),
        ("2 failed, 3 passed, 1 warning, 1 error in 0.5s", {"failed": 2, "passed": 3, "warnings": 1, "errors": 1}),
        ("\x1b[32m\x1b[1m1 passed\x1b[0m, 7 deselected in 1.00s", {"passed": 1, "deselected": 7}),
        ("no tests ran in 0.01s", {}),
        ("ImportError while loading conftest", {}),
    ],
)
def test_pytests_last_line_is_understood(last_line, expected):
    assert check.counts(f"some tests\n{last_line}\n") == expected


def test_the_closing_line_has_pytests_form():
    line = check.closing_line(check.Counter(passed=12, errors=1, failed=2), 75.5)
    assert line.strip("= ") == "2 failed, 12 passed, 1 error in 75.50s (0:01:15)"


def test_bench_refuses_a_name_it_does_not_have():
    with pytest.raises(SystemExit, match="There is no 'nothing-of-the-kind'"):
        named.main("benches", "nothing-of-the-kind")
