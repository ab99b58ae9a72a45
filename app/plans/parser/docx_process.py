"""A docx is parsed in a process of its own, with little memory and time: what it does to the parser stays there."""

import json
import subprocess
import sys
from pathlib import Path

from .model import SourceText, UnreadableDocument

MEMORY = 512 * 1024 * 1024
CPU_SECONDS = 10
WALL_SECONDS = 20
LARGEST_TEXT = 8_000_000
_ROOT = Path(__file__).parents[3]


def read_docx(data: bytes) -> SourceText:
    """The text of a docx, paragraphs and tables in order; the archive must have been checked before."""
    command = [sys.executable, "-m", "app.plans.parser.docx_child", str(MEMORY), str(CPU_SECONDS), str(LARGEST_TEXT)]
    try:
        child = subprocess.run(
            command,
            input=data,
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
            cwd=_ROOT,
            env={"PYTHONIOENCODING": "utf-8"},
        )
    except subprocess.TimeoutExpired as problem:
        raise UnreadableDocument("文件过于复杂，读取超时，请删去图片和附件，另存为 docx 后再上传。") from problem
    if child.returncode != 0:
        raise UnreadableDocument("文件已损坏或过于复杂，无法读取，请用 Word 或 WPS 打开，另存为 docx 后再上传。")
    found = json.loads(child.stdout)
    text: str = found["text"]
    if not text.strip():
        raise UnreadableDocument("文件中没有文字（可能是扫描件），请上传文字版的 docx。")
    return SourceText(text, [(start, end) for start, end in found["tables"]])
