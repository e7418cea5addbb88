"""Notebook to page: what is run, what is shown, what is left out, how failures read."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from explab.widgets.report import ReportError, execute, render
from explab.widgets.view import View

PARAMETERS = {"tags": ["parameters"]}


def saved(path: Path, *cells: Any) -> Path:
    nbformat.write(new_notebook(cells=list(cells)), path)
    return path


def shown(*outputs: Any) -> Any:
    return new_notebook(cells=[new_code_cell("secret_input()", outputs=list(outputs))])


def test_runs_this_python_without_any_kernelspec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JUPYTER_PATH", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "empty"))
    monkeypatch.setattr("jupyter_core.paths.SYSTEM_JUPYTER_PATH", [])
    monkeypatch.setattr("jupyter_core.paths.ENV_JUPYTER_PATH", [])
    path = saved(
        tmp_path / "run.ipynb",
        new_code_cell("face = 'none'", metadata=PARAMETERS),
        new_code_cell("import os, sys\nprint(sys.executable, face, os.environ['PLOTLY_RENDERER'])"),
        new_code_cell("import ipywidgets; ipywidgets.IntSlider()"),
    )
    before = path.read_bytes()
    nb = execute(path, {"face": "a \"quoted\" 'name'.jpg"}, cwd=tmp_path, quiet=True)
    assert nb.cells[2].outputs[0].text.startswith(f"{sys.executable} a \"quoted\" 'name'.jpg plotly_mimetype")
    assert "widgets" not in nb.metadata
    assert path.read_bytes() == before


def test_failing_cell_is_one_clear_line(tmp_path: Path) -> None:
    code = "# Load the face\nraise ValueError('no face found\\nin x.jpg')"
    path = saved(tmp_path / "broken.ipynb", new_markdown_cell("# Title"), new_code_cell(code))
    with pytest.raises(ReportError) as caught:
        execute(path, quiet=True)
    assert str(caught.value) == ('broken.ipynb, cell 2 "Load the face": ValueError: no face found in x.jpg')


def test_dead_kernel_is_reported(tmp_path: Path) -> None:
    path = saved(tmp_path / "dies.ipynb", new_code_cell("import os; os._exit(1)"))
    with pytest.raises(ReportError, match=r'cell 1 "import os; os\._exit.*Python process died'):
        execute(path, quiet=True)


def test_parameters_need_a_tagged_cell(tmp_path: Path) -> None:
    path = saved(tmp_path / "plain.ipynb", new_code_cell("1"))
    with pytest.raises(ReportError, match="tagged `parameters`"):
        execute(path, {"photo": "x.jpg"}, quiet=True)


def test_progress_shows_in_long_runs_only(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    execute(saved(tmp_path / "short.ipynb", new_code_cell("1")))
    assert capfd.readouterr() == ("", "")
    slow = new_code_cell("import time; time.sleep(11)")
    execute(saved(tmp_path / "long.ipynb", slow, new_code_cell("2")))
    written = capfd.readouterr()
    assert written.err.startswith("long: 1 of 2 cells (50%), ")
    assert written.out == ""


def test_page_shows_outputs_but_no_inputs_noise_or_live_widgets(tmp_path: Path) -> None:
    live = {"application/vnd.jupyter.widget-view+json": {"model_id": "0"}, "text/plain": "IntSlider(value=3)"}
    nb = shown(
        new_output("stream", name="stdout", text="3 < 4\n"),
        new_output("stream", name="stderr", text="W0000 noise"),
        new_output("display_data", live),
        new_output("display_data", {**live, "text/html": "<b>static form</b>"}),
        new_output(
            "display_data", {"image/png": "iVBORw0KGgo=\n"}, metadata={"image/png": {"alt": 'a "chart"'}}
        ),
        new_output("execute_result", {"text/plain": "'<tail>'"}, execution_count=1),
    )
    nb.metadata["widgets"] = {"state": {"0": "state"}}
    page = render(nb, tmp_path / "new" / "folder" / "page.html", title="Title & <more>").read_text("utf-8")
    for part in (
        "3 &lt; 4",
        "<b>static form</b>",
        "alt='a \"chart\"'",
        "&lt;tail&gt;",
        "Title &amp; &lt;more&gt;",
    ):
        assert part in page, part
    for part in (
        "secret_input",
        "noise",
        "IntSlider",
        "model_id",
        "require",
        "MathJax",
        "http://",
        "https://",
    ):
        assert part not in page, part
    assert '<html lang="en">' in page
    assert "default-src 'none'" in page
    assert "widgets" in nb.metadata  # the caller's notebook is left alone


def test_shared_assets_are_kept_once(tmp_path: Path, card: dict[str, Any]) -> None:
    views = [View({**card, "title": f"face {i}"}) for i in range(6)]
    nb = shown(*(new_output("display_data", view._repr_mimebundle_()) for view in views))
    page = render(nb, tmp_path / "page.html", title="Six").read_text("utf-8")
    assert page.count("data-explab-asset=") == 2
    assert page.count('<script type="application/json">') == 6
    data = sum(len(json.dumps(view.data)) for view in views)
    assert len(page) - data < 90_000


def test_page_reads_a_notebook_file(tmp_path: Path) -> None:
    path = saved(tmp_path / "text.ipynb", new_markdown_cell("# Heading\n\nSome *text*."))
    page = render(path, tmp_path / "page.html", title="Text").read_text("utf-8")
    assert "<em>text</em>" in page
