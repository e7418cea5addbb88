"""Every notebook runs to its last cell, is stripped, and keeps the house rules."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from explab.widgets.report import execute

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
SMALL = {
    "03_facs_for_beginners": {"size": 96, "levels": 1},
    "face_report": {"gallery": 1},
}
"""Parameters that make a long notebook short."""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_to_its_last_cell(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    notebook = execute(path, SMALL.get(path.stem), cwd=tmp_path, quiet=True)
    last = notebook.cells[-1]
    assert last.cell_type == "code"
    assert last.execution_count is not None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_house_rules(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert notebook.cells[0].cell_type == "markdown", "starts with its title"
    assert sum("parameters" in cell.metadata.get("tags", []) for cell in code) == 1
    assert "assert" in code[-1].source, "ends in checks"
    assert all(len(cell.source.splitlines()) <= 15 for cell in code)
    assert not any(
        line.lstrip().startswith(("!", "%pip")) for cell in code for line in cell.source.splitlines()
    )
    assert not any(cell.outputs or cell.execution_count for cell in code), "outputs are stripped"
    assert "widgets" not in notebook.metadata
