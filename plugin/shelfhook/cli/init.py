"""`shelfhook init`: find out what a media server is, try it, write a settings file for us alone."""

from __future__ import annotations

from pathlib import Path

from shelfhook.app import parts
from shelfhook.cli import asking, init_file, init_paths, init_server, terminal
from shelfhook.cli.failures import FAILED, WRONG_USE
from shelfhook.cli.init_server import Answers, Server
from shelfhook.cli.place import Place
from shelfhook.errors import ConfigurationError, ShelfhookError
from shelfhook.settings import CONFIG_VARIABLE, DEFAULT_FILE

__all__ = ["Answers", "init"]

UNTESTED = "nothing is written yet; --no-test writes the file without a test"


def init(place: Place, answers: Answers) -> int:
    """Find out, ask, try, write; gives the exit code."""
    target = _target(place)
    if target.exists() and not answers.force and not _may_overwrite(target):
        return WRONG_USE
    paths = init_paths.given(answers.paths)
    try:
        server = init_server.find(answers)
    except ConfigurationError:
        raise
    except ShelfhookError as error:
        terminal.complain(str(error), f"{UNTESTED}, if --kind says what the server is")
        return FAILED
    server = init_server.sign_in(server, answers)
    if answers.test:
        server, seen = init_server.try_out(server, answers)
        if (seen is None or not seen.account.admin) and not _all_the_same():
            return FAILED
        paths = init_paths.ask(seen.libraries if seen else (), paths)
    _write(target, init_file.settings_text(server, answers.listen, paths))
    _say_what_next(target, server, answers.listen)
    return 0


def _target(place: Place) -> Path:
    named = place.env.get(CONFIG_VARIABLE, "")
    return place.config or (Path(named) if named else DEFAULT_FILE)


def _may_overwrite(target: Path) -> bool:
    if asking.agreed(f"{target} exists. Overwrite it?"):
        return True
    terminal.complain(f"{target} is left as it is; --force overwrites it")
    return False


def _all_the_same() -> bool:
    if asking.agreed("Write the file all the same?"):
        return True
    terminal.complain(UNTESTED)
    return False


def _write(target: Path, text: str) -> None:
    with init_file.draft(target, text) as draft:
        parts.read(draft, {})  # says what is wrong with an answer, and the remedy
        draft.replace(target)


def _say_what_next(target: Path, server: Server, listen: str) -> None:
    console = terminal.results()
    console.print(f"Written: {target} (only you can read it)", soft_wrap=True)
    console.print("Next: [bold]shelfhook check[/], then [bold]shelfhook serve[/]")
    init_server.say("The first start shows a token, to sign in with in a browser")
    init_server.say(
        f"Other programs may tell of new files at http://{listen}/hooks/{server.name}, with the"
        " hook_token from the file; see docs/senders.md"
    )
