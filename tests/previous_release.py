"""Promise 21: the release before this one runs on the schema of this one.

``python -m tests.previous_release [REVISION]`` checks the newest release tag (or that revision) out into a temporary
folder, gives it the migrations of this checkout, and runs its own tests: so its program meets the new schema. Left
out are its tests of the schema itself, which is another one on purpose.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
LEFT_OUT = ("tests/migrations", "tests/docs", "tests/browser")


def git(*arguments: str) -> str:
    return subprocess.run(("git", *arguments), cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def newest_release() -> str | None:
    """The newest version tag that this checkout grew from, other than the one it may carry itself."""
    tags = git("tag", "--list", "v*", "--merged", "HEAD", "--no-contains", "HEAD", "--sort=-version:refname")
    return next(iter(tags.splitlines()), None)


def run(revision: str) -> int:
    with tempfile.TemporaryDirectory(prefix="qinglian-previous-") as folder:
        git("worktree", "add", "--detach", folder, revision)
        try:
            shutil.rmtree(Path(folder) / "migrations")
            shutil.copytree(ROOT / "migrations", Path(folder) / "migrations")
            left_out = [f"--ignore={path}" for path in LEFT_OUT]
            command = [sys.executable, "-m", "pytest", *left_out, *sys.argv[2:]]
            return subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONPATH": folder}, check=False).returncode
        finally:
            git("worktree", "remove", "--force", folder)


def main() -> int:
    revision = sys.argv[1] if len(sys.argv) > 1 else newest_release()
    if revision is None:
        print("There is no release before this one yet: nothing to run.")
        return 0
    print(f"The tests of {revision} on the schema of this checkout:", flush=True)
    return run(revision)


if __name__ == "__main__":
    raise SystemExit(main())
