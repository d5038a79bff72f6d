"""Our program as the checks call it."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from architectures import Sizes


class Refused(Exception):
    """The program's line on stderr."""


@dataclass(frozen=True)
class Program:
    path: Path
    corpus: Path

    def run(self, *arguments: object) -> str:
        environment = os.environ | {"MATINEE_CACHE": str(self.corpus.parent / "cache")}
        done = subprocess.run([self.path, *map(str, arguments)], capture_output=True, text=True, check=False,
                              env=environment)
        if done.returncode != 0:
            raise Refused(done.stderr.strip() or f"exit status {done.returncode}")
        return done.stdout

    def train(self, model: object, out: Path, *options: object) -> Path:
        self.run("train", "--model", model, "--data", self.corpus, "--out", out, "--validation", "none",
                 "--epochs", 1, "--device", "cpu", "--quiet", *options)
        return out / "model.keras"

    def probabilities(self, model: Path, has_vocabulary: bool) -> list[float]:
        """Of the texts of the corpus."""
        data = () if has_vocabulary else ("--data", self.corpus)
        lines = self.run("predict", model, *data, "--file", self.corpus / "texts.txt", "--device", "cpu", "--json")
        return [json.loads(line)["probability"] for line in lines.splitlines()]


def size_options(preset: str, sizes: Sizes) -> list[object]:
    options = ["--vocabulary", sizes.vocabulary, "--maxlen", sizes.maxlen, "--embedding", sizes.embedding,
               "--units", sizes.units]
    if preset.startswith("cnn"):
        options += ["--filters", sizes.filters, "--kernel-size", sizes.kernel_size]
    return options
