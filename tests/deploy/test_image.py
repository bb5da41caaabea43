"""The Dockerfile, looked at as hadolint would: there is no Docker engine where the tests run."""

from __future__ import annotations

import fnmatch
import os
import re
import shlex
from pathlib import PurePosixPath

import pytest

from tests.deploy.installing import ROOT

DOCKERFILE = ROOT / "deploy" / "docker" / "Dockerfile"
Step = tuple[str, str]
"""An instruction and what follows it."""


def read(text: str) -> list[Step]:
    """The instructions, with continued lines joined and comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [
        (word.upper(), rest)
        for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)
    ]


def faults(steps: list[Step]) -> set[str]:
    """What is wrong with a Dockerfile, in a word each."""
    last = len(steps) - 1 - [word for word, _ in reversed(steps)].index("FROM")
    values = dict(rest.split("=", 1) for word, rest in steps if word == "ARG" and "=" in rest)
    final = dict(steps[last:])
    bases = [re.sub(r"\$\{(\w+)\}", lambda m: values[m[1]], r) for w, r in steps if w == "FROM"]
    runs = [rest for word, rest in steps if word == "RUN"]
    checks = {
        "one stage": len(bases) < 2,
        "base": not all(re.match(r"[\w/]+:\d+\.\d+\.\d+-slim-[a-z]+( AS \w+)?$", b) for b in bases),
        "ADD": any(word == "ADD" for word, _ in steps),
        "USER": not re.fullmatch(r"[1-9]\d*:[1-9]\d*", final.get("USER", "")),
        "HEALTHCHECK": "CMD [" not in final.get("HEALTHCHECK", ""),
        "ENTRYPOINT": not final.get("ENTRYPOINT", "").startswith("["),
        "CMD": not final.get("CMD", "").startswith("["),
        "net tools": any(re.search(r"\b(curl|wget|sudo)\b", rest) for _, rest in steps),
        "apt lists": any(
            "apt-get install" in r and "rm -rf /var/lib/apt/lists" not in r for r in runs
        ),
        "recommends": any(
            "apt-get install" in r and "--no-install-recommends" not in r for r in runs
        ),
        "pip cache": any("pip install" in r and "--no-cache-dir" not in r for r in runs),
        "secret": any(re.search(r"TOKEN|KEY|PASSWORD", r) for w, r in steps if w in ("ENV", "ARG")),
    }
    return {name for name, wrong in checks.items() if wrong}


@pytest.fixture
def text() -> str:
    return DOCKERFILE.read_text(encoding="utf-8")


def test_the_dockerfile_has_no_fault(text: str) -> None:
    assert faults(read(text)) == set()


@pytest.mark.parametrize(
    ("fault", "old", "new"),
    [
        ("base", "3.11.13", "3.11"),
        ("base", "${PYTHON_VERSION}-slim-bookworm\n#", "latest\n#"),
        ("ADD", "COPY plugin plugin", "ADD plugin plugin"),
        ("USER", "USER 1000:1000", "USER root"),
        ("USER", "USER 1000:1000\n", ""),
        ("HEALTHCHECK", "HEALTHCHECK", "LABEL"),
        ("ENTRYPOINT", '["/usr/local/bin/shelfhook-entry"]', "shelfhook-entry"),
        ("net tools", "libarchive-tools", "libarchive-tools curl"),
        ("apt lists", "rm -rf /var/lib/apt/lists/*", "true"),
        ("pip cache", " --no-cache-dir", ""),
        ("secret", "SHELFHOOK_PATHS__DATA=/data", "SHELFHOOK_WEB__TOKEN=word"),
    ],
)
def test_a_planted_fault_is_found(text: str, fault: str, old: str, new: str) -> None:
    assert old in text
    assert fault in faults(read(text.replace(old, new)))


def test_a_single_stage_is_found(text: str) -> None:
    single = text[: text.index("FROM python")] + text[text.rindex("FROM python") :]
    assert "one stage" in faults(read(single))


def copied(text: str) -> list[str]:
    """What is copied from the repository."""
    words = [shlex.split(rest) for word, rest in read(text) if word == "COPY"]
    own = [[one for one in row if not one.startswith("--chmod")] for row in words]
    return [source for row in own if not row[0].startswith("--from") for source in row[:-1]]


def test_all_that_is_copied_exists_and_reaches_docker(text: str) -> None:
    sources = copied(text)
    assert {"plugin", "manifest.json", "deploy/docker/entry.sh"} <= set(sources)
    for source in sources:
        assert (ROOT / source).exists(), source
        assert not ignored(source), source
    assert os.access(ROOT / "deploy" / "docker" / "entry.sh", os.X_OK)


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        ".venv/bin/python",
        "tests/deploy/test_image.py",
        "shelfhook.toml",
        "shelfhook-data/shelfhook.db",
        "deploy/compose/.env",
        "deploy/compose/secrets/web_token",
        "plugin/shelfhook/__pycache__/errors.cpython-311.pyc",
        "plugin/shelfhook.egg-info/PKG-INFO",
    ],
)
def test_what_is_not_copied_stays_outside(path: str) -> None:
    assert ignored(path)


def ignored(path: str) -> bool:
    """Whether .dockerignore keeps a path out: of the rules that fit, the last one decides."""
    verdict = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if any(fits(part, line.lstrip("!")) for part in upwards(path)):
            verdict = not line.startswith("!")
    return verdict


def upwards(path: str) -> list[str]:
    pure = PurePosixPath(path)
    return [str(one) for one in (pure, *pure.parents) if str(one) != "."]


def fits(path: str, rule: str) -> bool:
    """`**/` stands for any folders or none, `*` for anything within one name."""
    if rule.startswith("**/"):
        return fnmatch.fnmatchcase(PurePosixPath(path).name, rule[3:])
    return path.count("/") == rule.count("/") and fnmatch.fnmatchcase(path, rule)
