"""The container's entry point and health check, run for real: as an ordinary user, and as root."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.deploy.installing import ROOT, clean, everybodys, public_python
from tests.support.service import free_port
from tests.support.waiting import wait_until

ENTRY = ROOT / "deploy" / "docker" / "entry.sh"
HEALTH = ROOT / "deploy" / "docker" / "health.py"
TEMPLATE = ROOT / "deploy" / "unraid" / "shelfhook.xml"
SOMEBODY = 12345
READ_ONLY = (
    'mount --bind "$0" "$0" && mount -o remount,bind,ro / && ! touch /etc/x 2>&- && exec "$@"'
)
"""Everything but the folder `$0` becomes read-only, /tmp too: for this process, and then "$@"."""
ROOTS = os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOTS, reason="only root can become somebody else")


@pytest.fixture
def data(public: Path) -> Iterator[Path]:
    """A data folder that belongs to whoever runs the tests."""
    with tempfile.TemporaryDirectory(dir=public) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def stub(public: Path) -> Iterator[Path]:
    """A folder with a `shelfhook` that tells who it is, where, and what it was given."""
    with tempfile.TemporaryDirectory(dir=public) as name:
        Path(name).chmod(0o755)
        program = Path(name) / "shelfhook"
        program.write_text('#!/bin/sh\nid -u; id -g; id -G; pwd; printf "<%s>" "$@"\n')
        program.chmod(0o755)
        yield Path(name)


def command(uid: int | None) -> list[str]:
    """The entry point, begun as an ordinary user; None: as whoever runs the tests."""
    # Read by sh from its input's path: the repository may lie where `uid` cannot look.
    become = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"] if uid else []
    return [*become, "sh", "-c", ENTRY.read_text(encoding="utf-8"), "shelfhook-entry"]


def enter(
    stub: Path, data: Path, *arguments: str, uid: int | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    around = {"PATH": f"{stub}:{os.defpath}", "SHELFHOOK_PATHS__DATA": str(data), **env}
    return subprocess.run(
        [*command(uid), *arguments],
        env=clean(around),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_an_ordinary_user_stays_who_he_is_and_arguments_arrive_whole(
    stub: Path, data: Path
) -> None:
    uid = SOMEBODY if ROOTS else None
    me = uid or os.geteuid()
    if ROOTS:
        os.chown(data, SOMEBODY, SOMEBODY)
    done = enter(stub, data, "run", "two words", "*", uid=uid)
    assert done.returncode == 0, done.stderr
    who, _, _, folder, given = done.stdout.splitlines()
    assert int(who) == me
    assert folder == str(data)
    assert given == "<run><two words><*>"


@as_root
def test_root_becomes_the_owner_of_the_books_for_good(stub: Path, data: Path) -> None:
    (data / "shelfhook.db").touch()
    done = enter(stub, data, "serve", PUID="12345", PGID="12346")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:3] == ["12345", "12346", "12346"]
    for path in (data, data / "shelfhook.db"):
        assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12346)


@as_root
def test_root_without_numbers_becomes_the_images_user(stub: Path, data: Path) -> None:
    assert enter(stub, data, "serve").stdout.splitlines()[:2] == ["1000", "1000"]


@as_root
def test_the_rights_of_the_unraid_template_are_enough_and_none_is_left(
    stub: Path, data: Path
) -> None:
    data.chmod(0o700)
    os.chown(data, 5, 5)
    given = re.findall(r"--cap-add (\w+)", TEMPLATE.read_text(encoding="utf-8"))
    rights = ",".join(f"+{one.lower()}" for one in given)
    (stub / "shelfhook").write_text("#!/bin/sh\nid -u; grep CapEff /proc/self/status\n")
    done = subprocess.run(
        ["setpriv", f"--bounding-set=-all,{rights}", "--inh-caps=-all", *command(None), "serve"],
        env=clean(
            {
                "PATH": f"{stub}:{os.defpath}",
                "SHELFHOOK_PATHS__DATA": str(data),
                "PUID": "99",
                "PGID": "100",
            }
        ),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["99", "CapEff:", "0" * 16]


@as_root
def test_a_link_in_the_data_folder_gives_away_no_file_outside(
    stub: Path, data: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "shadow"
    outside.touch()
    (data / "link").symlink_to(outside)
    assert enter(stub, data, "serve", PUID="12345", PGID="12345").returncode == 0
    assert outside.stat().st_uid == 0
    assert (data / "link").lstat().st_uid == 12345


@pytest.mark.parametrize(
    ("env", "uid", "said"),
    [
        pytest.param({"PUID": "me"}, None, "PUID is 'me'; give", marks=as_root),
        pytest.param({"PGID": "-1"}, None, "PGID is '-1'; give", marks=as_root),
        pytest.param({"PUID": "0"}, None, "does not run as root", marks=as_root),
        pytest.param({"PUID": "00"}, None, "does not run as root", marks=as_root),
        pytest.param({"PGID": "0"}, None, "does not run as root", marks=as_root),
        pytest.param({"PUID": "7"}, SOMEBODY, "cannot become PUID:PGID 7:12345", marks=as_root),
        pytest.param({"PUID": "x"}, SOMEBODY, "PUID is 'x'; give", marks=as_root),
        pytest.param({}, SOMEBODY, "chown -R 12345:12345", marks=as_root),
    ],
)
def test_what_cannot_work_is_said_and_nothing_is_started(
    stub: Path, data: Path, env: Mapping[str, str], uid: int | None, said: str
) -> None:
    done = enter(stub, data, "serve", uid=uid, **env)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""
    assert data.stat().st_uid == os.geteuid()


def test_a_data_folder_that_is_not_there_is_said(stub: Path, data: Path) -> None:
    done = enter(stub, data / "missing", "serve")
    assert done.returncode == 2
    assert str(data / "missing") in done.stderr


@pytest.fixture
def others_may(installed: Path) -> Path:
    """The installation, where other users can use it, and nobody can write."""
    libraries = installed / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    elsewhere = (libraries / "others.pth").read_text(encoding="utf-8").strip()
    if ROOTS and not (public_python() and everybodys(Path(elsewhere))):
        pytest.skip("Python or the packages lie in a folder that is closed to other users")
    return installed


@pytest.mark.parametrize(
    "how",
    [
        "as an ordinary user",
        pytest.param("as root with PUID", marks=as_root),
        pytest.param("on a read-only root", marks=as_root),
    ],
)
def test_the_service_runs_from_an_installation_that_it_cannot_change(
    others_may: Path, data: Path, how: str
) -> None:
    uid = SOMEBODY if ROOTS and how != "as root with PUID" else None
    around = unwritable(data) if how == "on a read-only root" else []
    if uid:
        os.chown(data, uid, uid)
    before = listing(others_may)
    port = free_port()
    env = clean(
        {
            "PATH": f"{others_may / 'bin'}:{os.defpath}",
            "HOME": str(data),
            "PYTHONDONTWRITEBYTECODE": "1",
            "SHELFHOOK_PATHS__DATA": str(data),
            "SHELFHOOK_WEB__LISTEN": f"0.0.0.0:{port}",
            "SHELFHOOK_WEB__TOKEN": "a-word",
            "SHELFHOOK_HOSTS__KOMGA__KIND": "komga",
            "SHELFHOOK_HOSTS__KOMGA__URL": f"http://127.0.0.1:{free_port()}",
            "SHELFHOOK_HOSTS__KOMGA__API_KEY": "key",
            **({"PUID": str(SOMEBODY), "PGID": str(SOMEBODY)} if uid is None and ROOTS else {}),
        }
    )
    log = data / "service.log"
    with log.open("wb") as out:
        service = subprocess.Popen(
            [*around, *command(uid), "serve"],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        wait_until(lambda: healthy(env), 40, "it did not become healthy")
        me = SOMEBODY if ROOTS else os.geteuid()
        assert f"\nUid:\t{me}\t{me}\t{me}\t{me}\n" in status(service.pid)
        service.send_signal(signal.SIGTERM)  # exec: the signal reaches Shelfhook, not a shell
        assert service.wait(40) == 0, log.read_text()
    finally:
        if service.poll() is None:
            service.kill()
            service.wait()
    assert not healthy(env)
    made = [path for path in data.rglob("*") if path != log]
    assert data / "shelfhook.db" in made
    assert {path.stat().st_uid for path in made} == {me}
    assert listing(others_may) == before


def unwritable(data: Path) -> list[str]:
    """What to put before a command, so that it can write nowhere but in `data`."""
    before = ["unshare", "--mount", "--propagation", "private", "sh", "-c", READ_ONLY, str(data)]
    try:
        tried = subprocess.run([*before, "true"], capture_output=True, timeout=20, check=False)
    except FileNotFoundError:
        pytest.skip("unshare is not installed")
    if tried.returncode:
        pytest.skip("this machine does not let us mount: " + tried.stderr.decode())
    return before


def healthy(env: Mapping[str, str]) -> bool:
    """What the image's HEALTHCHECK says."""
    done = subprocess.run(
        [sys.executable, str(HEALTH)], env=env, capture_output=True, timeout=20, check=False
    )
    return done.returncode == 0


def status(pid: int) -> str:
    return Path(f"/proc/{pid}/status").read_text(encoding="utf-8")


def listing(folder: Path) -> dict[str, float]:
    return {str(path): path.lstat().st_mtime for path in folder.rglob("*")}
