from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import shelfhook.web

HERE = Path(__file__).parent
MODULE = Path(shelfhook.web.__file__).parent / "static" / "live.js"
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="needs Node to run the page's module")
def test_the_page_s_module_behaves(tmp_path: Path) -> None:
    # A plain folder has no package.json that says what .js files are; .mjs says it itself.
    folder = tmp_path / "web" / "static"
    folder.mkdir(parents=True)
    module = Path(shutil.copy(MODULE, folder / "live.mjs"))
    done = subprocess.run(
        [str(NODE), "--test", str(HERE / "live_js.mjs")],
        env={**os.environ, "LIVE_JS": module.as_uri()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_s_module_needs_no_other_and_no_other_server() -> None:
    text = MODULE.read_text()
    assert "import " not in text.replace("import.meta", "")
    assert "http:" not in text
    assert "https:" not in text
