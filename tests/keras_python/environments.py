"""Virtual environments, one for each file of requirements/, made from PyPI and kept. Standard library only."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).parent / "requirements"
PYTHON = (3, 11)  # the wheels that the files pin are for it


def available() -> list[str]:
    return sorted(path.stem for path in REQUIREMENTS.glob("*.txt"))


def make(name: str, directory: Path) -> Path:
    """Its Python. An environment is made again where its requirements have changed or making it was cut off."""
    if sys.version_info[:2] != PYTHON:
        raise SystemExit(f"keras_python: needs Python {PYTHON[0]}.{PYTHON[1]}, that of Debian 12; this is "
                         f"{sys.version_info[0]}.{sys.version_info[1]}")
    requirements, environment = REQUIREMENTS / f"{name}.txt", directory / name
    digest, stamp = hashlib.sha256(requirements.read_bytes()).hexdigest(), environment / "made-of"
    python = environment / "bin" / "python"
    if stamp.exists() and stamp.read_text() == digest:
        return python
    print(f"making {environment} from PyPI", flush=True)
    shutil.rmtree(environment, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--prefer-binary",
                    "--requirement", requirements], check=True)
    stamp.write_text(digest)
    return python
