"""Parameters from a file: what is wrong is said with the file's name and the key."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from shelfhook.actions import toml_files
from shelfhook.errors import ConfigurationError


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    depth: int = 1


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    word: str = ""
    inner: tuple[Inner, ...] = Field(default=())

    @field_validator("word")
    @classmethod
    def _short(cls, word: str, info: ValidationInfo) -> str:
        if len(word) > 5:
            raise ValueError("Too long")
        return word


def written(folder: Path, text: str | bytes) -> str:
    file = folder / "table.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(file)


def faults(name: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        toml_files.read(name, Outer)
    return caught.value.faults


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    name = written(tmp_path, "\ufeffword = 'é'\r\n[[inner]]\ndepth = 2\n")

    assert toml_files.read(name, Outer) == Outer(word="é", inner=(Inner(depth=2),))


def test_a_relative_path_starts_at_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, "word = 'é'")
    monkeypatch.chdir(tmp_path)

    assert toml_files.read("table.toml", Outer).word == "é"


def test_the_users_folder_may_be_written_as_a_tilde(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, "word = 'é'")
    monkeypatch.setenv("HOME", str(tmp_path))

    assert toml_files.read("~/table.toml", Outer).word == "é"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wrod = 'x'", ["wrod: unknown key"]),
        ("word = 1", ["word: input should be a valid string"]),
        ("word = 'longer'", ["word: too long"]),
        ("word = 1\n[[inner]]\ndeep = 1", ["word: ", "inner.0.deep: unknown key"]),
        ("word = ", ["Invalid value (at "]),
        (b"word = '\xe9'", ["not UTF-8"]),
    ],
)
def test_each_fault_names_the_file_and_the_key(
    tmp_path: Path, text: str | bytes, expected: list[str]
) -> None:
    name = written(tmp_path, text)

    found = faults(name)

    assert len(found) == len(expected)
    for fault, beginning in zip(found, expected, strict=True):
        assert fault.startswith(f"{name}: {beginning}")


def test_a_file_that_is_not_there_is_named_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert faults("lost.toml") == [f"{tmp_path / 'lost.toml'}: there is no such file"]


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    assert faults(str(tmp_path)) == [f"{tmp_path}: not a file"]
    assert faults(str(pipe)) == [f"{pipe}: not a file"]


def test_a_file_that_is_far_too_large_is_not_read(tmp_path: Path) -> None:
    name = written(tmp_path, "")
    os.truncate(name, toml_files.LARGEST + 1)

    assert faults(name) == [f"{name}: larger than 4 MiB"]


def test_an_unknown_users_folder_is_a_fault() -> None:
    assert "nobody-of-this-name" in faults("~nobody-of-this-name/table.toml")[0]
