"""The wheel holds all that Shelfhook needs, and runs where there is no repository."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from tests.deploy.installing import ROOT, run

PACKAGES = ("shelfhook", "calibre_hook")


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    plugin = wheel.parent / "source" / "plugin"  # the copy that it was built from
    wanted = {
        path.relative_to(plugin).as_posix()
        for package in PACKAGES
        for path in (plugin / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "shelfhook/manifest.json" in wanted
    assert packed == wanted


def test_the_manifest_in_the_wheel_is_the_one_at_the_top(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = archive.read("shelfhook/manifest.json")
    assert packed == (ROOT / "manifest.json").read_bytes()


def test_the_installation_uses_nothing_of_the_repository(installed: Path, tmp_path: Path) -> None:
    code = (
        "import json, shelfhook; from importlib import metadata;"
        "dist = metadata.distribution('shelfhook');"
        "print(json.dumps([shelfhook.__file__, str(dist.locate_file(''))]))"
    )
    told = run(str(installed / "bin" / "python"), "-c", code, cwd=tmp_path)
    for place in json.loads(told):
        assert Path(place).is_relative_to(installed)


def test_the_demo_runs_from_the_wheel_in_a_clean_folder(installed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    command = (str(installed / "bin" / "shelfhook"), "demo", "--books", "60", "--json")
    told = json.loads(run(*command, cwd=folder, env={"HOME": str(folder)}))
    assert told["ok"]
    assert told["first"]["processed"] == 60
    assert told["writes_of_second_scan"] == 0
    assert told["sign_in"].startswith(told["dashboard"] + "sign-in/")
    assert list(folder.iterdir()) == []
