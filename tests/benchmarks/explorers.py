"""How long an explorer takes from a key stroke to the new picture: in the kernel, and to the page
in a headless Chromium.

    PYTHONPATH=tests:solutions python -m tests.benchmarks.explorers

Prints a table of medians in milliseconds. The goal is 60 in the kernel and 120 to the page,
on a quiet computer.
"""

import statistics
import tempfile
import time
from pathlib import Path

import nbformat
from browser import CHROMIUM, FLAGS, KERNEL_READY, RUN_ALL, SLIDER, Lab
from playwright.sync_api import sync_playwright

from pictures import explorers
from pictures.explorers.film import Film

NAMES = explorers.__all__
STROKES = 20
STROKE = """handle => new Promise(done => {
    const picture = handle.closest('.explorer').querySelector('.widget-image');
    const start = performance.now(), old = picture.src;
    picture.addEventListener('load', () => { if (picture.src !== old) done(performance.now() - start) },
                             {once: true});
    handle.dispatchEvent(new KeyboardEvent('keydown', {key: KEY, bubbles: true})) })"""


def main():
    in_page = to_page()
    print(f"{'explorer':22} {'controls':42} kernel    CPU   page")
    for name in NAMES:
        shown = getattr(explorers, name)()
        wall, cpu = in_kernel(shown)
        controls = ", ".join(control.name for control in shown.controls)
        print(f"{name:22} {controls:42} {wall:6.0f} {cpu:6.0f} {in_page[name]:6.0f}")


def in_kernel(shown):
    """Median wall and CPU time of one frame, in ms, over the values of all controls."""
    film = Film(shown.sketch(), shown.data(**shown.start))
    walls, cpus = [], []
    for control in shown.controls:
        for value in control.values:
            wall, cpu = time.perf_counter(), time.process_time()
            film.frame(shown.data(**{**shown.start, control.name: value}))
            walls.append(1e3 * (time.perf_counter() - wall))
            cpus.append(1e3 * (time.process_time() - cpu))
    return statistics.median(walls), statistics.median(cpus)


def to_page():
    """Median time from a key stroke on the first slider to the loaded image, in ms:
    dict from name to number."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [notebook(Path(folder), name) for name in NAMES]
        with Lab(Path(folder) / "lab", paths) as lab, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            return {name: statistics.median(strokes(browser.new_page(), lab, name)) for name in NAMES}


def notebook(folder, name):
    """A notebook that shows one explorer. Returns its path."""
    cell = nbformat.v4.new_code_cell(f"from helpers import explorers\nexplorers.{name}()")
    kernel = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel}),
                   folder / f"{name}.ipynb")
    return folder / f"{name}.ipynb"


def strokes(page, lab, name):
    """The times of some key strokes to and fro, in ms."""
    page.goto(lab.address(name))
    page.wait_for_function("window.jupyterapp?.restored")
    page.wait_for_function(KERNEL_READY)
    page.evaluate(RUN_ALL)
    handle = page.locator(f".explorer {SLIDER}").first
    handle.wait_for()
    page.wait_for_timeout(1000)
    times = []
    for stroke in range(STROKES):
        times.append(handle.evaluate(STROKE.replace("KEY",
                                                    "'ArrowRight'" if stroke % 2 == 0 else "'ArrowLeft'")))
        page.wait_for_timeout(100)
    page.close()
    return times


if __name__ == "__main__":
    main()
