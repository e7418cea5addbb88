"""Run a notebook and write it as one self-contained HTML page.

`execute` runs the cells with this Python, whatever kernels are installed; `render` writes text and outputs,
no inputs, with the template in page/. The page holds everything; its content policy forbids any request.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explab.progress import progress_bar

Notebook = Any  # nbformat.NotebookNode, which carries no types
_WIDGET = "application/vnd.jupyter.widget-view+json"
_ASSET = re.compile(r'<(style|script)[^>]*\bdata-explab-asset="([\w-]+)"[^>]*>.*?</\1>', re.DOTALL)
_SCRIPT = re.compile(r'<script(?! type="application/json")[^>]*>(.*?)</script>', re.DOTALL)


class ReportError(RuntimeError):
    """A notebook could not be run to its end; the message names the cell and its error."""


def execute(
    notebook: Path | str,
    parameters: Mapping[str, Any] | None = None,
    *,
    cwd: Path | str | None = None,
    timeout: float | None = None,
    quiet: bool = False,
) -> Notebook:
    """Run a notebook from its first to its last cell and return it with outputs; the file stays as it is.

    parameters: assignments put after the cell tagged "parameters" (papermill's convention).
    cwd: folder in which the cells run; the current one if not given.
    timeout: seconds a cell may take; unlimited if not given.
    quiet: no progress line on stderr.

    Raises ReportError when a cell fails, when the kernel dies, and when parameters have no cell to go to.
    """
    import nbformat
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from papermill.parameterize import parameterize_notebook

    path = Path(notebook)
    nb = nbformat.read(path, as_version=4)
    if parameters:
        if not any("parameters" in cell.metadata.get("tags", []) for cell in nb.cells):
            raise ReportError(f"{path.name} takes no parameters: none of its cells is tagged `parameters`.")
        nb.metadata.setdefault("papermill", {})  # papermill's own reader fills these in
        for cell in nb.cells:
            cell.metadata.setdefault("tags", [])
        nb = parameterize_notebook(nb, dict(parameters), kernel_name="python3", language="python")
    total = sum(cell.cell_type == "code" for cell in nb.cells)
    with progress_bar(total, path.stem, unit="cell", hidden=quiet) as bar:
        current = [0]

        def start(cell: Any, cell_index: int) -> None:  # noqa: ARG001
            current[0] = cell_index

        def done(cell: Any, cell_index: int, execute_reply: Any) -> None:  # noqa: ARG001
            bar.update()

        client = _client(nb, cwd=Path(cwd or "."), timeout=timeout, on_start=start, on_executed=done)
        # Plotly's default in a kernel draws nothing in a page; this one embeds the figure and its library.
        env = {"PLOTLY_RENDERER": "plotly_mimetype+notebook", **os.environ}
        try:
            client.execute(env=env)
        except CellExecutionError as error:
            failure = f"{error.ename}: {' '.join(str(error.evalue).split())}"
        except CellTimeoutError:
            failure = f"it took longer than {timeout:g} s"
        except DeadKernelError:
            failure = "the Python process died (out of memory, or a crash in a compiled library)"
        else:
            return nb
    raise ReportError(f"{path.name}, {_cell_name(nb, current[0])}: {failure}")


def _cell_name(nb: Notebook, index: int) -> str:
    """'cell 5 "load the face"': number as counted in the notebook, first line that says something."""
    lines = (line.strip(" #%") for line in nb.cells[index].source.splitlines())
    first = next((line for line in lines if line), "")
    return f'cell {index + 1} "{first[:60]}"'


def _client(nb: Notebook, *, cwd: Path, timeout: float | None, on_start: Any, on_executed: Any) -> Any:
    """A client whose kernel is this very Python.

    An installed kernelspec may be missing or belong to another environment, so none is asked for.
    """
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    class ThisPython(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002
            # Errors only: the kernel else warns of unencrypted sockets, which do not leave this machine.
            # And no modules from the folder it runs in, where a file may be called numpy.py.
            options = ["--log-level=ERROR", "--IPKernelApp.ignore_cwd=True", "-f", "{connection_file}"]
            argv = [sys.executable, "-m", "ipykernel_launcher", *options]
            return KernelSpec(argv=argv, display_name="Python 3", language="python")

    kernels = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=ThisPython())
    return NotebookClient(
        nb,
        km=kernels,
        timeout=timeout,
        store_widget_state=False,
        resources={"metadata": {"path": str(cwd)}},
        on_cell_start=on_start,
        on_cell_executed=on_executed,
    )


def render(notebook: Notebook | Path | str, out: Path | str, *, title: str | None = None) -> Path:
    """Write an executed notebook as one HTML page and return the page's path.

    title: title of the page; the notebook's first heading if not given. That heading is not repeated in the text.

    Left out: inputs, stderr, and outputs that are only a live widget. CSS and code that several views share
    are kept once. Folders on the way to `out` are made.
    """
    import nbformat
    from nbconvert.exporters import HTMLExporter
    from traitlets.config import Config

    from explab import __version__

    nb = notebook
    if isinstance(notebook, (str, Path)):
        nb = nbformat.read(Path(notebook), as_version=4)
    folder = Path(__file__).parent
    exporter = HTMLExporter(
        config=Config(NbConvertBase={"display_data_priority": _PRIORITY}),
        template_name="page",
        extra_template_basedirs=[str(folder)],
        extra_template_paths=[str(folder)],
        embed_images=True,
        exclude_input=True,
        exclude_anchor_links=True,
    )
    content = _for_readers(nb)
    heading = _take_heading(content)
    resources = {"page_title": title or heading or "Report", "explab_version": __version__}
    page, _ = exporter.from_notebook_node(content, resources)
    target = Path(out)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(_allow_own_scripts(_one_copy_each(page)), encoding="utf-8")
    return target


_PRIORITY = ["text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/plain"]


def _for_readers(nb: Notebook) -> Notebook:
    """A copy without widget state and without outputs that a page cannot show: sliders, data for programs."""
    from nbformat import from_dict

    copy = from_dict(nb)
    copy.metadata.pop("widgets", None)
    for cell in copy.cells:
        if cell.cell_type == "code":
            cell.outputs = [out for out in cell.outputs if "data" not in out or _shows(out["data"])]
    return copy


def _shows(data: Mapping[str, Any]) -> bool:
    """A widget's text/plain names its class and says nothing to a reader."""
    return not set(_PRIORITY).isdisjoint(set(data) - ({"text/plain"} if _WIDGET in data else set()))


def _take_heading(nb: Notebook) -> str | None:
    """Cut the first line out of the first cell, if it is a `# Heading`, and return its text."""
    if not nb.cells or nb.cells[0].cell_type != "markdown" or not nb.cells[0].source.startswith("# "):
        return None
    heading, _, text = nb.cells[0].source.partition("\n")
    nb.cells[0].source = text.lstrip("\n")
    return str(heading[2:].strip())


def _allow_own_scripts(page: str) -> str:
    """Name the page's scripts by hash in its policy, so that no other can run: no inline handler, no injected tag."""
    hashes = {
        base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in _SCRIPT.findall(page)
    }
    allowed = " ".join(f"'sha256-{digest}'" for digest in sorted(hashes))
    return page.replace("script-src 'unsafe-inline'", f"script-src {allowed}", 1)


def _one_copy_each(page: str) -> str:
    """Keep the first of the style sheets and scripts that carry the same `data-explab-asset`."""
    names_seen: set[str] = set()

    def first(match: re.Match[str]) -> str:
        if match[2] in names_seen:
            return ""
        names_seen.add(match[2])
        return match[0]

    return _ASSET.sub(first, page)
