"""Papers as LibreOffice lays them out."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

PT = 72 / 25.4
"""Points in a millimetre."""
needs_libreoffice = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed here"
)


def converted(folder: Path) -> dict[str, PdfReader]:
    """Every paper there as LibreOffice lays it out, by its name."""
    files = sorted(path.name for path in folder.glob("*.docx"))
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", *files]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
    return {name: PdfReader((folder / name).with_suffix(".pdf")) for name in files}


def lines_of(page: Any) -> list[tuple[float, float, str]]:
    """(millimetres from the foot, from the left edge, text) of each line within the text area, from the top."""
    found: dict[int, list[tuple[float, float, str]]] = {}

    def visit(text: str, _cm: Any, tm: Any, _font: Any, _size: Any) -> None:
        if text.strip():
            found.setdefault(round(tm[5]), []).append((tm[5] / PT, tm[4] / PT, text.strip("\n")))

    page.extract_text(visitor_text=visit)
    lines = [
        (parts[0][0], min(part[1] for part in parts), "".join(part[2] for part in parts)) for parts in found.values()
    ]
    return sorted((line for line in lines if line[0] > 35), reverse=True)
