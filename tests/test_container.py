"""The image and the compose file, as far as they can be tried without a container engine.

The Dockerfile's build steps are run as commands in a folder of their own, its health check and its command against
what they made. Not run: the base image, useradd, the volume of another user, the compose file's network.
"""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import Settings
from handlers import stopping

ROOT = Path(__file__).parents[1]
UV = str(Path(sys.executable).with_name("uv"))
# One process builds, and a build may take its time.
pytestmark = [pytest.mark.xdist_group("image"), pytest.mark.timeout(300)]


def steps() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, each on one line."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^#.*\n", "", text))
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in joined.splitlines() if line.strip()]


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "compose.yml").read_text(encoding="utf-8")))


def said(instruction: str) -> list[str]:
    return [rest for name, rest in steps() if name == instruction]


def environment() -> dict[str, str]:
    """What the image sets."""
    return dict(pair.split("=", 1) for line in said("ENV") for pair in shlex.split(line))


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The first stage, built: each COPY and each uv command, in the order of the file."""
    folder = tmp_path_factory.mktemp("image")
    source, venv = folder / "src", folder / "venv"
    source.mkdir()
    # With the interpreter and the packages that are at hand; the address of an index is the builder's own.
    more = {"UV_PROJECT_ENVIRONMENT": str(venv), "UV_PYTHON": sys.executable}
    built = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"} | more
    for name, rest in steps():
        if name == "COPY" and not rest.startswith("--from"):
            *these, to = rest.split()
            for one in these:
                target = source / to / (one if to == "./" else "")
                copy = shutil.copytree if (ROOT / one).is_dir() else shutil.copy
                copy(ROOT / one, target)
        elif name == "RUN" and rest.startswith("uv "):
            subprocess.run([UV, *shlex.split(rest)[1:]], cwd=source, env=built, check=True, capture_output=True)
    yield venv
    shutil.rmtree(folder, ignore_errors=True)


def started(image: Path, folder: Path, **more: str) -> dict[str, str]:
    """The environment of a container: the image's own, with its folder in place of /data."""
    own = environment() | {"PATH": f"{image}/bin:/usr/bin:/bin", "ASSAY_HOST": "127.0.0.1"}
    own["ASSAY_DATABASE_URL"] = own["ASSAY_DATABASE_URL"].replace("/data", str(folder))
    return own | more


def test_what_the_dockerfile_builds_migrates_serves_is_healthy_and_stops_at_its_signal(
    image: Path, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    secrets = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "a-signing-secret-of-a-test",
        "ASSAY_SLACK_API_URL": "http://127.0.0.1:9/",
    }
    own = started(image, tmp_path, ASSAY_PORT=port, ASSAY_DRAIN_SECONDS="0", **secrets)
    entry, command = json.loads(said("ENTRYPOINT")[0]), json.loads(said("CMD")[0])
    assay = str(image / "bin" / entry[0])
    health = json.loads(said("HEALTHCHECK")[0].split("CMD ", 1)[1])
    check = [str(image / "bin" / health[0]), *health[1:]]
    subprocess.run([assay, "migrate"], env=own, cwd=tmp_path, check=True, capture_output=True)
    assert subprocess.run(check, env=own, check=False, capture_output=True).returncode != 0, "nothing runs yet"
    with subprocess.Popen([assay, *command], env=own, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            while "assay is running" not in (line := process.stderr.readline()):
                assert line, "it ended instead"
            assert subprocess.run(check, env=own, check=False).returncode == 0
        finally:
            process.terminate()
        assert process.wait(30) == 0
    assert (tmp_path / "assay.db").exists()


def test_the_image_holds_the_extras_and_nothing_of_development(image: Path) -> None:
    listed = subprocess.run(
        [UV, "pip", "list", "--python", image / "bin" / "python", "--format", "json"], check=True, capture_output=True
    )
    names = {one["name"] for one in json.loads(listed.stdout)}
    assert {"assay", "psycopg", "psycopg-binary", "opentelemetry-sdk", "prometheus-client"} <= names
    assert not {"pytest", "ruff", "mypy", "krippendorff", "hypothesis", "playwright"} & names
    (package,) = (image / "lib").glob("python*/site-packages")
    assert (package / "handlers" / "manifest.yml").exists()
    assert not (package / "tests").exists()


def test_it_runs_as_a_user_that_is_not_root_and_writes_only_to_its_volume() -> None:
    user, volume = said("USER")[0], said("VOLUME")[0]
    made = next(rest for rest in said("RUN") if "useradd" in rest)
    assert user == "assay"
    assert f"install -d -o {user} -g {user} {volume}" in made
    assert environment()["ASSAY_DATABASE_URL"].removeprefix("sqlite+aiosqlite:///").startswith(f"{volume}/")
    assert said("STOPSIGNAL") == ["SIGTERM"]


def test_nothing_is_sent_to_the_builder_that_the_file_does_not_copy() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    copied = {one for rest in said("COPY") if not rest.startswith("--from") for one in rest.split()[:-1]}
    assert "*" in lines
    assert let_in == copied


def test_compose_migrates_a_healthy_database_before_the_bot_starts() -> None:
    services = compose()["services"]
    assert set(services) == {"database", "migrate", "bot"}
    assert services["migrate"]["command"] == ["migrate"]
    assert services["migrate"]["restart"] == "no"
    assert services["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert services["bot"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    for name in ("migrate", "bot"):
        assert services[name]["read_only"]
        assert services[name]["cap_drop"] == ["ALL"]
    assert services["bot"]["ports"][0].startswith("127.0.0.1:"), "not open to the world without a proxy"


def test_every_setting_in_image_and_compose_is_one_of_assays() -> None:
    known = {field.validation_alias for field in Settings.model_fields.values()}
    named = set(re.findall(r"\b(?:ASSAY|SLACK)_[A-Z_]+", (ROOT / "Dockerfile").read_text(encoding="utf-8")))
    for service in compose()["services"].values():
        named |= {name for name in service["environment"] if not name.startswith("POSTGRES")}
    assert named <= known


def test_a_stop_has_the_time_that_it_may_take() -> None:
    grace = int(compose()["services"]["bot"]["stop_grace_period"].removesuffix("s"))
    drained = Settings.model_fields["drain_seconds"].default
    assert grace > drained + stopping.ANSWERING + stopping.FINISHING + stopping.WORKING + 5
