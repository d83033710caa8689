"""Every door to the course: a wheel, the cell that opens a lesson, Binder, containers, and their page."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import nbformat
import opening
import pytest
from nbclient import NotebookClient

from exercises import record
from notebooks import COURSE, LESSONS, code_cells, is_check, load, path_of

PACKAGES = ("helpers", "exercises", "pictures")
PAGE = (COURSE / "installing.md").read_text(encoding="utf-8")
README = (COURSE / "README.md").read_text(encoding="utf-8")
VERSION = tomllib.loads((COURSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def run(*words, **options):
    """What a program prints. Fails with its errors."""
    ran = subprocess.run([str(word) for word in words], capture_output=True, text=True, encoding="utf-8",
                         timeout=300, **options)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


# --- the wheel ---

@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built in a copy: setuptools leaves a folder where it builds."""
    copy = tmp_path_factory.mktemp("course")
    for name in PACKAGES:
        shutil.copytree(COURSE / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(COURSE / name, copy / name)
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-index", "--no-build-isolation",
        "--wheel-dir", copy, copy)
    return copy / f"bptt_course-{VERSION}-py3-none-any.whl"


@pytest.fixture(scope="module")
def elsewhere(wheel, tmp_path_factory):
    """An empty environment in which pip has installed the wheel. What else a notebook needs it takes from the
    packages beside this test; the course is not among them, for a line of a .pth file is followed no further.
    Returns its Python.
    """
    folder = tmp_path_factory.mktemp("a place elsewhere")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (site / "others.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def test_the_wheel_holds_every_file_of_the_packages(wheel):
    there = {path.relative_to(COURSE).as_posix() for name in PACKAGES for path in (COURSE / name).rglob("*")
             if path.is_file() and "__pycache__" not in path.parts}
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == there


def executed(notebook, folder):
    """A notebook, run by a fresh kernel in a folder."""
    return NotebookClient(notebook, timeout=300, kernel_name="python3", coalesce_streams=True,
                          resources={"metadata": {"path": str(folder)}}).execute()


def test_copied_lessons_run_with_the_wheel_and_a_restart_finds_the_progress(elsewhere, tmp_path, monkeypatch):
    kernel = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(json.dumps({
        "argv": [str(elsewhere), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "elsewhere", "language": "python"}), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(kernel.parents[2]))
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("BPTT_PROGRESS", "XDG_DATA_HOME", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "my übung"
    folder.mkdir()
    asked = []
    for lesson in ("01_unrolling", "04_coding_bptt"):
        shutil.copy(path_of("solutions", lesson), folder)
        cells = code_cells(executed(nbformat.read(folder / f"{lesson}.ipynb", 4), folder))
        checks = [cell for cell in cells if is_check(cell)]
        asked += [re.match(r'check\("(.+?)"', cell.source)[1] for cell in checks]
        assert all(": right." in str(cell.outputs) for cell in checks)
    again = executed(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(
        "import exercises\nprint(exercises.__file__, sorted(exercises.progress().solved))\n"
        "exercises.progress()")]), folder)
    said = again.cells[0].outputs[0].text + again.cells[0].outputs[1].data["text/plain"]
    assert said.startswith(str(elsewhere.parents[1])) and str(sorted(asked)) in said and len(asked) > 20
    kept = tmp_path / "home" / ".local" / "share" / "bptt-course" / "progress.jsonl"
    assert f"Kept in {kept}." in said and kept.exists()


@pytest.mark.parametrize("platform, names, folder", [
    ("linux", {}, "home/.local/share"), ("linux", {"XDG_DATA_HOME": "{0}/data"}, "data"),
    ("linux", {"XDG_DATA_HOME": "not/absolute"}, "home/.local/share"),
    ("darwin", {}, "home/Library/Application Support"),
    ("win32", {"LOCALAPPDATA": "{0}/local"}, "local"), ("win32", {}, "home/AppData/Local"),
])
def test_progress_lies_where_the_system_keeps_a_users_data(platform, names, folder, tmp_path, monkeypatch):
    for name in ("BPTT_PROGRESS", "XDG_DATA_HOME", "LOCALAPPDATA", "NBGRADER_EXECUTION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in names.items():
        monkeypatch.setenv(name, value.format(tmp_path))
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    monkeypatch.setattr(record, "COURSE", tmp_path / "packages")
    assert record.file() == tmp_path / "packages" / "mine" / "progress.jsonl"       # no wheel was installed
    (tmp_path / "packages" / f"bptt_course-{VERSION}.dist-info").mkdir(parents=True)
    assert record.file() == tmp_path / folder / "bptt-course" / "progress.jsonl"
    assert record.where() == f"Kept in {record.file()}."


def test_a_lent_computer_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("BPTT_PROGRESS")
    monkeypatch.setenv("BINDER_LAUNCH_HOST", "https://example.org/")
    assert "until this computer is taken back" in record.where() and "progress().export()" in record.where()
    monkeypatch.setenv("BPTT_PROGRESS", str(tmp_path / "drive" / "progress.jsonl"))
    assert record.where() == f"Kept in {tmp_path / 'drive' / 'progress.jsonl'}."


def test_a_file_that_ipywidgets_7_hands_over_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("BPTT_PROGRESS", str(tmp_path / "progress.jsonl"))
    button, said = record.progress().add().children
    content = b'{"exercise": "4.3", "status": "right"}\n'
    for notify in button._trait_notifiers["value"]["change"]:
        if getattr(notify, "__name__", "") == "read":
            notify(type("Change", (), {"new": {"progress.jsonl": {"content": content}}}))
    assert said.value.startswith("1 of 1 lines are new") and record.progress().solved == {"4.3"}


# --- the cell that opens a lesson ---

@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_opens_with_the_cell_and_shows_nothing(lesson):
    cell = load("notebooks", lesson).cells[1]
    assert opening.TAG in cell.metadata.tags and cell.metadata.jupyter.source_hidden
    assert cell.execution_count == 1 and cell.outputs == []


def opened(folder, *options, before="", address=None):
    """Run the cell in a folder. Returns the last line of what Python says."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run([sys.executable, *options, "-c", before + opening.source(address)], cwd=folder,
                         env=environment, capture_output=True, text=True, encoding="utf-8", timeout=60)
    return (ran.stdout + ran.stderr).strip().rpartition("\n")[2]


@pytest.mark.parametrize("stranger", ["helpers.py", "exercises.py", "pictures.py", "exercises/__init__.py"])
def test_a_file_in_the_way_is_named(tmp_path, stranger):
    for package in PACKAGES:
        (tmp_path / package).symlink_to(COURSE / package)
    assert opened(tmp_path) == ""
    (tmp_path / stranger.partition("/")[0].removesuffix(".py")).unlink()
    (tmp_path / stranger).parent.mkdir(exist_ok=True)
    (tmp_path / stranger).write_text("raise SystemExit('it was run')\n", encoding="utf-8")
    said = opened(tmp_path)
    assert said.startswith("ImportError: ") and stranger in said and "Rename it or move it away" in said


def test_what_is_missing_is_said(tmp_path):
    said = opened(tmp_path, "-S")                       # without the packages of the environment
    assert said.startswith("ModuleNotFoundError: helpers is missing in ") and sys.executable in said
    assert "pip install -r requirements.txt; then restart the kernel." in said
    (tmp_path / "helpers").mkdir()                      # a folder that holds no package
    assert opened(tmp_path, "-S").startswith("ImportError: ")


ON_COLAB = """
import sys, types
sys.modules["google.colab"] = types.ModuleType("google.colab")
"""
ASKED = """
class get_ipython:
    def system(self, line):
        print(line)
        sys.exit()

"""


def test_on_colab_it_installs_the_course_once(tmp_path):
    there = "https://example.org/a/course"
    said = opened(tmp_path, "-S", before=ON_COLAB + ASKED, address=there)
    assert said == f"{sys.executable} -m pip install --quiet git+{there}"
    assert opened(COURSE, before=ON_COLAB + ASKED, address=there) == ""          # it is there already
    assert opened(tmp_path, "-S", before="import sys\n" + ASKED, address=there).startswith("ModuleNotFound")
    assert "colab" not in opening.source(None) and there not in opening.source(None)


# --- Binder, containers ---

def test_a_container_sets_itself_up_as_make_lab_does():
    made = json.loads((COURSE / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    make, target = made["postCreateCommand"].split()
    makefile = (COURSE / "Makefile").read_text(encoding="utf-8")
    assert make == "make" and re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE)
    port = int(re.search(r"^PORT \?= (\d+)", makefile, re.MULTILINE)[1])
    assert made["forwardPorts"] == [port] and list(made["portsAttributes"]) == [str(port)]
    for key in ("vscode", "codespaces"):
        assert key in made["customizations"]
    python = made["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert python == "${containerWorkspaceFolder}/.venv/bin/python" and "BIN := .venv/bin" in makefile
    assert all((COURSE / name).exists() for name in made["customizations"]["codespaces"]["openFiles"])


def test_binder_installs_what_is_locked():
    room = COURSE / ".binder"
    asked = [line for line in (room / "requirements.txt").read_text(encoding="utf-8").splitlines()
             if not line.startswith("#")]
    assert [(room / line.removeprefix("-r ")).resolve() for line in asked] == [COURSE / "requirements.lock"]
    assert os.access(room / "postBuild", os.X_OK)
    run("bash", "-n", room / "postBuild")
    assert "pip install --no-cache-dir --no-deps -e ." in (room / "postBuild").read_text(encoding="utf-8")


def test_binder_and_containers_have_a_python_that_is_tested():
    tested = re.findall(r'"(3\.\d+)"', (COURSE / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    binder = (COURSE / ".binder/runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    container = json.loads((COURSE / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))["image"]
    assert binder in tested and container.rpartition(":")[2] in tested


# --- the page ---

def blocks(start):
    """The lines of the first block of code behind some words of the page."""
    return re.search(r"```\n(.*?)\n```", PAGE[PAGE.index(start):], re.DOTALL)[1].splitlines()


def test_windows_has_the_same_lines():
    unix = [line.replace("/", "\\").replace(r".venv\bin", r".venv\Scripts")
            for line in blocks("**macOS and Linux**")]
    assert blocks("**Windows**") == [unix[0].replace("python3 ", "py -3.13 "), *unix[1:]]


def test_every_file_on_the_page_is_there():
    named = re.findall(r"-r ([\w.-]+)|(notebooks/\w+\.ipynb)|(solutions/build/\w+(?:\.py)?)", PAGE)
    files = {name for names in named for name in names if name}
    assert len(files) >= 5 and all((COURSE / name).exists() for name in files)
    assert set(re.findall(r"bptt_course-([\d.]+)-py3", PAGE)) == {VERSION}
    assert set(re.findall(r"(?:`|^)make ([\w-]+)", PAGE, re.MULTILINE)) <= set(re.findall(
        r"^([\w-]+):", (COURSE / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_links_to_parts_of_the_page_lead_somewhere():
    parts = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")
             for heading in re.findall(r"^## (.+)$", PAGE, re.MULTILINE)}
    links = re.findall(r"installing\.md#([\w-]+)", README) + re.findall(r"\]\(#([\w-]+)\)", PAGE)
    assert len(links) > 8 and set(links) <= parts
