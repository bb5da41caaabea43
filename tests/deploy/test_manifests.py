"""Compose, Kubernetes and Unraid, held against what the code and the image read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from shelfhook.app import parts
from shelfhook.errors import ConfigurationError
from shelfhook.settings import EngineSettings, Settings
from shelfhook.web.guard import HEALTH
from tests.deploy.installing import ROOT
from tests.deploy.test_image import DOCKERFILE, read

DEPLOY = ROOT / "deploy"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
IMAGE = f"shelfhook:{VERSION}"
DRAIN = EngineSettings().drain_seconds + 10
"""Seconds that `serve` may take to stop."""


def image() -> dict[str, str]:
    """The variables that the image sets."""
    pairs = " ".join(rest for word, rest in read(DOCKERFILE.read_text("utf-8")) if word == "ENV")
    return dict(pair.split("=", 1) for pair in pairs.split())


def settings(text: str, env: Mapping[str, str], folder: Path) -> Settings:
    """What Shelfhook makes of a settings file and a container's variables.

    Secrets that lie in files are read from files here.
    """
    file = folder / "shelfhook.toml"
    file.write_text(text, encoding="utf-8")
    secret = folder / "secret"
    secret.write_text("a-secret\n", encoding="utf-8")
    given = {**image(), **env}
    files = {name: str(secret) for name in given if name.endswith("_FILE")}
    return parts.read(file, {**given, **files}).settings


def complete(made: Settings) -> None:
    """It would start, on the image's port, with the folders that the image has."""
    assert made.web.token.get_secret_value() == "a-secret"
    assert made.hosts["komga"].api_key.get_secret_value() == "a-secret"
    assert made.web.address == ("0.0.0.0", 8790)
    assert made.paths.data == Path("/data")
    assert dict(made.hosts["komga"].paths) == {"/books": Path("/books")}


def names_only_known_variables(env: Mapping[str, str]) -> None:
    """A variable with one letter wrong is a fault of the settings; this holds the others."""
    ours = {name for name in env if name.startswith("SHELFHOOK_")}
    assert ours
    assert {name for name in ours if "__" not in name} <= {"SHELFHOOK_CONFIG"}


# -- Compose --


@pytest.fixture
def compose() -> dict[str, Any]:
    made = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8"))
    assert isinstance(made, dict)
    return made


def mounts(service: Mapping[str, Any]) -> dict[str, str]:
    """Target → source."""
    found = {}
    for one in service["volumes"]:
        if isinstance(one, str):
            source, _, target = one.rpartition(":")
            found[target] = source
        else:
            found[one["target"]] = one["source"]
    return found


def test_compose_gives_shelfhook_all_that_it_needs_to_start(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    env = compose["services"]["shelfhook"]["environment"]
    names_only_known_variables(env)
    text = (DEPLOY / "compose" / "shelfhook.toml").read_text(encoding="utf-8")
    complete(settings(text, env, tmp_path))


def test_a_variable_that_is_misspelt_would_be_found(tmp_path: Path) -> None:
    text = (DEPLOY / "compose" / "shelfhook.toml").read_text(encoding="utf-8")
    with pytest.raises(ConfigurationError, match="tokn"):
        settings(text, {"SHELFHOOK_WEB__TOKN": "x"}, tmp_path)


def test_compose_maps_the_books_alike_and_the_host_by_its_services_name(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    komga, shelfhook = (mounts(compose["services"][name]) for name in ("komga", "shelfhook"))
    text = (DEPLOY / "compose" / "shelfhook.toml").read_text(encoding="utf-8")
    host = tomllib.loads(text)["hosts"]["komga"]
    assert host["url"] == "http://komga:25600"
    assert "25600:25600" in compose["services"]["komga"]["ports"]
    assert host["paths"]
    for theirs, ours in host["paths"].items():
        assert komga[theirs] == shelfhook[ours]
    users = {compose["services"][name]["user"] for name in ("komga", "shelfhook")}
    assert len(users) == 1


def test_compose_gives_no_right_that_is_not_needed(compose: dict[str, Any]) -> None:
    service = compose["services"]["shelfhook"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "no-new-privileges:true" in service["security_opt"]
    assert any(one.startswith("/tmp:") for one in service["tmpfs"])
    assert int(service["stop_grace_period"].removesuffix("s")) > DRAIN
    assert service["ports"] == ["127.0.0.1:8790:8790"]


def test_compose_builds_our_version_and_every_image_is_pinned(compose: dict[str, Any]) -> None:
    service = compose["services"]["shelfhook"]
    assert service["image"] == IMAGE
    context = (DEPLOY / "compose" / service["build"]["context"]).resolve()
    assert context == ROOT
    assert (context / service["build"]["dockerfile"]) == DOCKERFILE
    assert re.search(r":\$\{KOMGA_VERSION:-\d+\.\d+\.\d+\}$", compose["services"]["komga"]["image"])


def test_every_secret_of_compose_is_mounted_kept_from_git_and_read_from_its_place(
    compose: dict[str, Any],
) -> None:
    service = compose["services"]["shelfhook"]
    assert set(service["secrets"]) == set(compose["secrets"])
    read_from = {v for k, v in service["environment"].items() if k.endswith("_FILE")}
    assert read_from == {f"/run/secrets/{name}" for name in compose["secrets"]}
    kept = (DEPLOY / "compose" / ".gitignore").read_text(encoding="utf-8").split()
    assert {".env", "secrets/", "shelfhook/", "komga/"} <= set(kept)
    for secret in compose["secrets"].values():
        assert secret["file"].startswith("./secrets/")


def test_the_example_sets_every_variable_that_compose_demands(compose: dict[str, Any]) -> None:
    text = (DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8")
    example = (DEPLOY / "compose" / "env.example").read_text(encoding="utf-8")
    given = set(re.findall(r"(?m)^(\w+)=", example))
    assert set(re.findall(r"\$\{(\w+):\?", text)) <= given
    assert given <= set(re.findall(r"\$\{(\w+)", text))


# -- Kubernetes --


@pytest.fixture
def objects() -> dict[str, dict[str, Any]]:
    """By kind."""
    files = (DEPLOY / "kubernetes").glob("*.yaml")
    return {
        one["kind"]: one
        for file in files
        for one in yaml.safe_load_all(file.read_text(encoding="utf-8"))
    }


@pytest.fixture
def pod(objects: dict[str, dict[str, Any]]) -> Any:
    return objects["Deployment"]["spec"]["template"]["spec"]


def variables(pod: Mapping[str, Any]) -> dict[str, str]:
    return {one["name"]: one["value"] for one in pod["containers"][0]["env"]}


def test_kubernetes_gives_shelfhook_all_that_it_needs_to_start(
    objects: dict[str, dict[str, Any]], pod: Any, tmp_path: Path
) -> None:
    names_only_known_variables(variables(pod))
    complete(settings(objects["ConfigMap"]["data"]["shelfhook.toml"], variables(pod), tmp_path))


def test_every_file_that_a_variable_names_is_mounted(
    objects: dict[str, dict[str, Any]], pod: Any
) -> None:
    folders = {one["mountPath"]: one["name"] for one in pod["containers"][0]["volumeMounts"]}
    sources = {one["name"]: one for one in pod["volumes"]}
    assert set(folders.values()) == set(sources)
    for value in variables(pod).values():
        source = sources[folders[str(Path(value).parent)]]
        kind = "Secret" if "secret" in source else "ConfigMap"
        held = objects[kind].get("data") or objects[kind]["stringData"]
        assert Path(value).name in held
    assert {"/data", "/books", "/tmp"} <= set(folders)


def test_there_is_never_a_second_one_over_the_volume(objects: dict[str, dict[str, Any]]) -> None:
    spec = objects["Deployment"]["spec"]
    assert spec["replicas"] == 1
    assert spec["strategy"] == {"type": "Recreate"}
    claimed = {
        one["persistentVolumeClaim"]["claimName"]
        for one in spec["template"]["spec"]["volumes"]
        if "persistentVolumeClaim" in one
    }
    assert objects["PersistentVolumeClaim"]["metadata"]["name"] in claimed


def test_every_probe_asks_what_answers_without_a_token(
    objects: dict[str, dict[str, Any]], pod: Any
) -> None:
    (container,) = pod["containers"]
    (port,) = container["ports"]
    assert port["containerPort"] == 8790
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = container[probe]["httpGet"]
        assert asked["path"] in HEALTH
        assert asked["port"] == port["name"]
    assert objects["Service"]["spec"]["ports"][0]["targetPort"] == port["name"]


def test_the_pod_may_do_nothing_that_it_does_not_need(pod: Any) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert pod["terminationGracePeriodSeconds"] > DRAIN
    (container,) = pod["containers"]
    assert container["image"] == IMAGE
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_the_secret_holds_nothing_and_so_does_not_start(
    objects: dict[str, dict[str, Any]], pod: Any, tmp_path: Path
) -> None:
    assert set(objects["Secret"]["stringData"].values()) == {""}
    empty = tmp_path / "empty"
    empty.touch()
    env = {k: str(empty) if k.endswith("_FILE") else v for k, v in variables(pod).items()}
    file = tmp_path / "shelfhook.toml"
    file.write_text(objects["ConfigMap"]["data"]["shelfhook.toml"], encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"TOKEN_FILE: .*is empty; put the secret into it"):
        parts.read(file, {**image(), **env})


# -- Unraid --


@pytest.fixture
def template() -> ElementTree.Element:
    return ElementTree.parse(DEPLOY / "unraid" / "shelfhook.xml").getroot()


def fields(template: ElementTree.Element, kind: str) -> dict[str, ElementTree.Element]:
    return {
        one.get("Target", ""): one for one in template.iter("Config") if one.get("Type") == kind
    }


def test_unraid_asks_for_all_that_shelfhook_needs_to_start(
    template: ElementTree.Element, tmp_path: Path
) -> None:
    variables = fields(template, "Variable")
    ours = {name: "a-secret" for name in variables if name.startswith("SHELFHOOK_")}
    names_only_known_variables(ours)
    text = (DEPLOY / "compose" / "shelfhook.toml").read_text(encoding="utf-8")
    complete(settings(text, ours, tmp_path))
    assert all(variables[name].get("Mask") == "true" for name in ours)
    assert {"PUID", "PGID"} <= set(variables)
    assert {"/data", "/books"} == set(fields(template, "Path"))
    assert set(fields(template, "Port")) == {"8790"}


def test_unraid_starts_as_root_with_only_what_the_entry_point_needs(
    template: ElementTree.Element,
) -> None:
    options = template.findtext("ExtraParams", "")
    added = set(re.findall(r"--cap-add (\w+)", options))
    assert added == {"CHOWN", "SETUID", "SETGID", "DAC_READ_SEARCH"}
    for option in ("--user 0:0", "--read-only", "--tmpfs /tmp", "--cap-drop ALL"):
        assert option in options
    (seconds,) = re.findall(r"--stop-timeout (\d+)", options)
    assert int(seconds) > DRAIN
    assert template.findtext("Privileged") == "false"
    assert template.findtext("Repository") == IMAGE
