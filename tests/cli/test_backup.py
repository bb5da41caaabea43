from __future__ import annotations

from pathlib import Path

from tests.cli.terminal import Terminal


def test_a_backup_is_made_while_the_service_runs_and_restored_when_it_does_not(
    terminal: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "state.db"
    with terminal.service(started=False):
        made = terminal.call("backup", str(file))
        assert (made.exit_code, str(file) in made.stdout.replace("\n", "")) == (0, True)
        refused = terminal.call("restore", str(file))
        assert refused.exit_code == 2
        assert "stop the service before you restore" in refused.stderr
    assert terminal.call("run", "process-all").exit_code == 0
    assert len(terminal.document("jobs")["jobs"]) == 1
    restored = terminal.document("restore", str(file))
    assert terminal.document("jobs")["jobs"] == []
    assert restored["file"] == str(file)
    again = Path(restored["kept"])
    assert terminal.call("restore", str(again)).exit_code == 0
    assert len(terminal.document("jobs")["jobs"]) == 1


def test_a_file_that_is_there_is_not_overwritten(terminal: Terminal, tmp_path: Path) -> None:
    with terminal.store():
        pass
    file = tmp_path / "state.db"
    assert terminal.document("backup", str(file))["bytes"] == file.stat().st_size
    done = terminal.call("backup", str(file))
    assert done.exit_code == 2
    assert "name another file" in done.stderr
