"""What the stand-ins for tools share: strict options, the session's directories, and the real tools behind them."""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(os.environ["DOCS_ROOT"])
STATE = Path(os.environ["DOCS_STATE"])
BUILD = Path(os.environ["DOCS_BUILD"])
NAME = Path(sys.argv[0]).name


def refuse(text):
    sys.exit(f"{NAME} (a stand-in): {text}")


def options(words, flags=(), valued=()):
    """Options up to the first other word: a list of (name, value) and the rest. Others than those named are refused."""
    found, rest = [], list(words)
    while rest and rest[0].startswith("-") and rest[0] != "--":
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if name in flags and not equals:
            found.append((name, None))
        elif name in valued and (equals or rest):
            found.append((name, value if equals else rest.pop(0)))
        else:
            refuse(f"{word}: no such option, or one without its value")
    return found, rest


def value(found, name, default=None):
    """The last value of an option."""
    return next((value for option, value in reversed(found) if option == name), default)


def real(name, *words, **settings):
    """Runs the tool of this machine; its exit status."""
    program = shutil.which(name, path=os.environ["DOCS_REAL_PATH"])
    if not program:
        refuse(f"there is no {name} here")
    return subprocess.run([program, *map(str, words)], check=False, **settings)


def remember(kind, name):
    with open(STATE / kind, "a", encoding="utf-8") as file:
        file.write(name + "\n")


def known(kind):
    path = STATE / kind
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def shared(words):
    """/shared, which the machines of a cluster have in common, is a directory of the session."""
    return [re.sub(r"^/shared(?=/|$)", str(ROOT / "shared"), word) for word in words]


def needs_gpus(output):
    """Whether a program ended because it has no GPU here: so far its command line was understood."""
    return re.search("no CUDA plugin|no NVIDIA driver|no GPU|has [0-9]+ GPU", output) is not None


def documents(path):
    """The documents of a file in YAML; None where Python has no yaml."""
    try:
        import yaml
    except ImportError:
        print(f"{NAME} (a stand-in): python3 has no yaml here: {path} is not looked into")
        return None
    with open(path, encoding="utf-8") as file:
        return list(yaml.safe_load_all(file))
