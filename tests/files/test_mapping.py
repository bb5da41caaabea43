"""A host's paths lead to files inside the mapped folders, and to nothing else."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shelfhook.errors import ConfigurationError, Gone, Permanent
from shelfhook.files import PathMap

PAIRS = ("/books", "/books/manga", "D:\\Comics", "//NAS/share", "e:")


def book(root: Path, *names: str) -> Path:
    """A file below a folder."""
    path = root.joinpath(*names)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"book")
    return path


@pytest.fixture
def roots(tmp_path: Path) -> Mapping[str, Path]:
    return {pair: tmp_path / f"root-{place}" for place, pair in enumerate(PAIRS)}


@pytest.mark.parametrize(
    ("path", "pair", "rest"),
    [
        ("/books/a.cbz", "/books", "a.cbz"),
        ("/books//Saga///a.cbz", "/books", "Saga/a.cbz"),
        ("/books/manga/a.cbz", "/books/manga", "a.cbz"),
        ("/books/manga2/a.cbz", "/books", "manga2/a.cbz"),
        ("/books/Manga/a.cbz", "/books", "Manga/a.cbz"),
        ("/books/back\\slash.cbz", "/books", "back\\slash.cbz"),
        ("/books/100%25.cbz", "/books", "100%25.cbz"),
        ("/books/..a.cbz", "/books", "..a.cbz"),
        ("/books/C:/a.cbz", "/books", "C:/a.cbz"),
        ("D:\\Comics\\Saga\\a.cbz", "D:\\Comics", "Saga/a.cbz"),
        ("d:\\COMICS\\Saga\\A.cbz", "D:\\Comics", "Saga/A.cbz"),
        ("D:/Comics/Saga/a.cbz", "D:\\Comics", "Saga/a.cbz"),
        ("E:\\a.cbz", "e:", "a.cbz"),
        ("\\\\nas\\Share\\a.cbz", "//NAS/share", "a.cbz"),
        ("//nas/share/a.cbz", "//NAS/share", "a.cbz"),
        ("file:/books/A%20B%25.cbz", "/books", "A B%.cbz"),
        ("file:///books/%C3%A9%23%3F.cbz", "/books", "é#?.cbz"),
        ("file://localhost/books/a+b.cbz", "/books", "a+b.cbz"),
        ("file:/D:/Comics/a%20b.cbz", "D:\\Comics", "a b.cbz"),
        ("FILE:///d:/comics/a.cbz", "D:\\Comics", "a.cbz"),
        ("file://nas/share/a.cbz", "//NAS/share", "a.cbz"),
        ("file:////nas/share/a.cbz", "//NAS/share", "a.cbz"),
        ("file:/books/%FF.cbz", "/books", "\udcff.cbz"),
    ],
)
def test_a_path_leads_to_the_file_below_its_longest_mapping(
    roots: Mapping[str, Path], path: str, pair: str, rest: str
) -> None:
    for root in roots.values():
        root.mkdir()
    expected = book(roots[pair], *rest.split("/"))

    assert PathMap(roots).local(path) == expected


@pytest.mark.parametrize(
    "path",
    [
        "/book/a.cbz",
        "/bookshelf/a.cbz",
        "/BOOKS/a.cbz",
        "D:\\ComicsNew\\a.cbz",
        "D:/a.cbz",
        "C:\\Comics\\a.cbz",
        "\\\\nas\\other\\a.cbz",
        "/",
    ],
)
def test_a_path_without_a_mapping_is_named_with_the_remedy(
    roots: Mapping[str, Path], path: str
) -> None:
    paths = PathMap(roots, host="komga")

    assert not paths.covers(path)
    with pytest.raises(Permanent) as caught:
        paths.local(path)
    assert repr(path) in str(caught.value)
    assert "add one to [hosts.komga.paths]" in str(caught.value)


@pytest.mark.parametrize("path", ["a.cbz", "", "books/a.cbz", "D:a.cbz", "~/a.cbz"])
def test_a_mere_name_says_that_the_account_lacks_rights(path: str, tmp_path: Path) -> None:
    paths = PathMap({"/": tmp_path})

    assert not paths.covers(path)
    with pytest.raises(Permanent, match="may tell only administrators"):
        paths.local(path)


@pytest.mark.parametrize(
    "path",
    [
        "/books/../etc/passwd",
        "/books/a/../../b.cbz",
        "/books/./a.cbz",
        "/books/..",
        "/../books/a.cbz",
        "D:\\Comics\\..\\a.cbz",
        "D:\\Comics/../a.cbz",
        "\\\\nas\\share\\..\\a.cbz",
        "file:/books/%2e%2e/a.cbz",
        "file:/books/%2E%2E%2Fa.cbz",
        "file:/D:/Comics/..%5Ca.cbz",
        "/books/a\0.cbz",
        "file:/books/a%00.cbz",
    ],
)
def test_a_path_that_climbs_or_ends_early_is_refused(roots: Mapping[str, Path], path: str) -> None:
    paths = PathMap(roots)

    with pytest.raises(Permanent, match="is refused: it holds"):
        paths.local(path)
    with pytest.raises(Permanent, match="is refused: it holds"):
        paths.covers(path)


def test_a_whole_machine_can_be_mapped(tmp_path: Path) -> None:
    file = book(tmp_path, "a.cbz")

    assert PathMap({"/": Path("/")}).local(str(file)) == file.resolve()
    assert PathMap({"/": tmp_path}).local("/a.cbz") == file


def test_a_map_without_pairs_is_false() -> None:
    assert not PathMap({})
    assert PathMap({"/books": Path("/x")})


@pytest.mark.parametrize(
    ("pairs", "fault"),
    [
        (["books"], "'books' is no whole path; begin it with / or a drive"),
        ([""], "'' is no whole path"),
        (["D:books"], "'D:books' is no whole path"),
        (["/books/../x"], "is refused"),
        (["/books", "/books/"], "'/books/' is there twice"),
        (["D:\\Comics", "d:/comics"], "'d:/comics' is there twice"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(pairs: list[str], fault: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        PathMap({pair: Path(f"/x{place}") for place, pair in enumerate(pairs)}, host="komga")
    assert fault in str(caught.value)
    assert "[hosts.komga.paths]" in str(caught.value)


# -- what lies there --


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    book(made, "other.cbz")
    return made


def local(root: Path, path: str) -> Path:
    return PathMap({"/books": root}).local(path)


def test_a_file_that_is_missing_is_gone(root: Path) -> None:
    with pytest.raises(Gone, match=r"there is no file .*root/Saga/a.cbz"):
        local(root, "/books/Saga/a.cbz")
    with pytest.raises(Gone, match="there is no file"):
        local(root, "/books/other.cbz/a.cbz")


@pytest.mark.parametrize("state", ["missing", "empty", "a file", "a dangling link"])
def test_a_disk_that_is_not_mounted_does_not_look_like_books_that_are_gone(
    tmp_path: Path, state: str
) -> None:
    root = tmp_path / "mount"
    if state == "empty":
        root.mkdir()
    if state == "a file":
        root.touch()
    if state == "a dangling link":
        root.symlink_to(tmp_path / "nowhere")

    with pytest.raises(Permanent, match=r"the folder .*mount is empty or missing; is it mounted\?"):
        local(root, "/books/Saga/a.cbz")


@pytest.mark.parametrize("path", ["/books", "/books/", "/books/folder"])
def test_a_folder_is_no_file(root: Path, path: str) -> None:
    (root / "folder").mkdir()

    with pytest.raises(Permanent, match="is no regular file"):
        local(root, path)


def test_a_pipe_or_a_socket_is_no_file(root: Path) -> None:
    os.mkfifo(root / "pipe.cbz")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(root / "socket.cbz"))  # such paths must be short
    for name in ("pipe.cbz", "socket.cbz"):
        with pytest.raises(Permanent, match="is no regular file"):
            local(root, f"/books/{name}")


def test_a_name_that_is_too_long_or_no_name_here_fails_its_item(root: Path) -> None:
    with pytest.raises(Permanent, match="name too long"):
        local(root, f"/books/{'x' * 300}.cbz")
    with pytest.raises(Permanent, match="is no path of this machine"):
        local(root, "/books/\ud800.cbz")


# -- links --


def test_links_that_lead_out_are_refused(root: Path, tmp_path: Path) -> None:
    secret = book(tmp_path, "outside", "secret.cbz")
    (root / "file.cbz").symlink_to(secret)
    (root / "chain.cbz").symlink_to("file.cbz")
    (root / "folder").symlink_to(secret.parent)
    (root / "up").symlink_to("..")
    (tmp_path / "root-too").symlink_to(secret.parent)  # shares the beginning of the root's name
    (root / "twin").symlink_to(tmp_path / "root-too")

    for path in (
        "file.cbz",
        "chain.cbz",
        "folder/secret.cbz",
        "up/outside/secret.cbz",
        "twin/secret.cbz",
    ):
        with pytest.raises(Permanent, match="a symbolic link leads out of"):
            local(root, f"/books/{path}")


def test_a_way_that_leads_out_and_in_again_is_given_without_the_detour(root: Path) -> None:
    (root / "up").symlink_to("..")

    assert local(root, "/books/up/root/other.cbz") == root / "other.cbz"


def test_links_inside_the_root_are_followed_up_to_the_file_itself(root: Path) -> None:
    (root / "folder").mkdir()
    (root / "folder" / "link.cbz").symlink_to("../other.cbz")
    (root / "short").symlink_to("folder")

    found = local(root, "/books/short/link.cbz")

    assert found == root / "folder" / "link.cbz"  # a link; what replaces files refuses it
    assert found.is_symlink()


def test_links_in_a_circle_fail_their_item(root: Path) -> None:
    (root / "a.cbz").symlink_to("b.cbz")
    (root / "b.cbz").symlink_to("a.cbz")

    with pytest.raises(Permanent, match="symbolic links"):
        local(root, "/books/a.cbz")


def test_the_mapped_folder_itself_may_be_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)

    assert local(tmp_path / "link", "/books/other.cbz") == root / "other.cbz"


NAMES = st.sampled_from(
    (
        "a.cbz",
        "b",
        "in",
        "out",
        "up",
        "loop",
        "..",
        ".",
        "",
        "%2e%2e",
        "\\",
        "..\\",
        "C:",
        "\0",
        "é",
    )
)
STARTS = st.sampled_from(
    ("/books", "/books/b", "file:/books", "D:\\x", "d:/X", "file:/D:/x", "//nas/x", "/", "")
)


@pytest.fixture(scope="module")
def maze(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root full of links, with a secret beside it."""
    base = tmp_path_factory.mktemp("maze")
    root = base / "root"
    for names in (("a.cbz",), ("b", "a.cbz"), ("b", "b", "é"), ("b", "C:", "a.cbz")):
        book(root, *names)
    book(base, "secret", "a.cbz")
    for folder in (root, root / "b"):
        (folder / "in").symlink_to(root / "b")
        (folder / "out").symlink_to(base / "secret")
        (folder / "up").symlink_to("..")
        (folder / "loop").symlink_to("loop")
    return root


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(start=STARTS, names=st.lists(NAMES, max_size=6), separator=st.sampled_from("/\\"))
def test_whatever_a_host_says_a_file_lies_inside_its_root(
    maze: Path, start: str, names: list[str], separator: str
) -> None:
    paths = PathMap({"/books": maze, "/books/b": maze / "b", "D:\\x": maze, "//nas/x": maze / "in"})
    try:
        found = paths.local(separator.join([start, *names]))
    except (Gone, Permanent):
        return
    assert found.is_file()
    assert found.resolve().is_relative_to(maze.resolve())
    assert found.parent == found.parent.resolve()
    assert found.is_relative_to(maze.resolve())


@given(names=st.lists(st.sampled_from(["a", "b", "C", "d d", "é"]), min_size=1, max_size=4))
def test_every_file_of_a_root_is_found_by_its_path(maze: Path, names: list[str]) -> None:
    expected = book(maze / "all", *names, "x.cbz")

    assert PathMap({"/books": maze}).local(f"/books/all/{'/'.join(names)}/x.cbz") == expected
    windows = PathMap({"C:": maze}).local("\\".join(["c:", "all", *names, "x.cbz"]))
    assert windows == expected
