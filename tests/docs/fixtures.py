"""The files that pages take for granted, in small: invented reviews as aclImdb, in archives and tables, and models.

Thirty-two reviews to train on and twelve to test, so that networks of the tutorials' sizes train within a second. They
have more words than the tutorials' vocabulary of 5000 holds.
"""
import csv
import gzip
import io
import json
import lzma
import random
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

OPINIONS = {
    "pos": "wonderful loved warm funny superb delight again watch would every minute good of it".split(),
    "neg": "awful dull terrible waste boring worst money complete jokes plot bad of it".split(),
}
COMMON = "a the film with acting and i is are was in to not far from what".split()
RARE = [first + second + third for first in ("ba", "do", "ki", "lu", "me", "po", "ra", "si", "tu", "ve")
        for second in ("na", "re", "ti", "so", "mu", "la", "de", "gi", "fo", "pu", "ha", "ze", "wi", "jo", "vu")
        for third in ("l", "r", "n", "s", "t", "m", "d", "k", "b", "p", "st", "nd", "lk", "rt", "mp", "ns", "rd", "lt",
                      "ft", "sk", "nk", "rm", "rn", "ps", "ts", "ks", "ls", "rk", "g", "x", "z", "f", "v", "th")]


def reviews():
    """{split/label/name.txt: text}: each rare word twice in the training reviews, each opinion often."""
    draw = random.Random(7)
    rare = RARE + RARE
    draw.shuffle(rare)
    made = {}
    for split, count in (("train", 16), ("test", 6)):
        for number in range(count):
            for label in ("pos", "neg"):
                words = COMMON + draw.sample(OPINIONS[label], 10) + draw.choices(OPINIONS[label], k=10)
                if split == "train":
                    share = len(rare) // (32 - 2 * number - (label == "neg"))
                    words += rare[:share]
                    del rare[:share]
                else:
                    words += draw.sample(RARE, 60)
                draw.shuffle(words)
                made[f"{split}/{label}/{number}_{9 if label == 'pos' else 2}.txt"] = " ".join(words) + "."
    made["train/pos/0_9.txt"] += " Gladly!"
    return made


def tar_of(texts):
    """An aclImdb as a tar archive, uncompressed."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, text in sorted(texts.items()):
            member = tarfile.TarInfo("aclImdb/" + name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


def write_table(path, texts, split, header=("text", "label")):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows((text, int("/pos/" in name)) for name, text in texts.items() if name.startswith(split))


def write_directory(path, texts):
    for name, text in texts.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text, encoding="utf-8")


class Fixtures:
    """Makes in `scratch` what the commands of a page name and do not make themselves."""

    def __init__(self, root, scratch, environment):
        self.root = Path(root)
        self.scratch = Path(scratch)
        self.environment = environment
        self.texts = reviews()
        self.tar = tar_of(self.texts)

    def matinee(self, *words):
        subprocess.run(["matinee", *words], cwd=self.scratch, env=self.environment, check=True,
                       stdout=subprocess.DEVNULL)

    def archive(self, path):
        data = lzma.compress(self.tar, preset=0) if path.suffix == ".xz" else gzip.compress(self.tar, 1, mtime=0)
        path.write_bytes(data)

    def directory(self, path):
        write_directory(path, self.texts)

    def table(self, path):
        split = "test" if path.stem in ("test", "other") else "train"
        write_table(path, self.texts, split, ("body", "liked") if path.stem in ("train", "test") else ("text", "label"))

    def golden(self, path):
        fixture = {"old.h5": "optimizer/step12.h5", "keras_model.keras": "golden/m1_step3.keras"}[path.name]
        shutil.copyfile(self.root / "tests" / "fixtures" / fixture, path)

    def exported(self, path):
        self.matinee("data", "export", "--data", str(self.data()), "--out", str(path.parent), "--no-cache")

    def configuration(self, path):
        """A Sequential of which words may be read with --ngrams 3, too: docs/ngrams.md."""
        layers = [("InputLayer", {"batch_shape": [None, 500], "dtype": "int32", "name": "input_layer"}),
                  ("Embedding", {"name": "embedding", "input_dim": 5105, "output_dim": 32}),
                  ("LSTM", {"name": "lstm", "units": 100}),
                  ("Dense", {"name": "dense", "units": 1, "activation": "sigmoid"})]
        network = {"name": "sequential",
                   "layers": [{"class_name": name, "config": settings} for name, settings in layers]}
        path.write_text(json.dumps({"class_name": "Sequential", "config": network}), encoding="utf-8")

    def machines(self, path):
        path.write_text("localhost slots=16\n", encoding="ascii")

    def trained(self, path):
        self.matinee("train", "--data", str(self.data()), "--out", str(path.relative_to(self.scratch)), "--quiet")

    def compared(self, path):
        self.matinee("compare", "--models", "lstm", "--seeds", "1", "--data", str(self.data()), "--out",
                     str(path.relative_to(self.scratch)))

    def gpu_steps(self, path):
        """What bench_step would say of a GPU: bench/ranks.py projects it to several."""
        path.write_text("".join(json.dumps({"model": "lstm", "rows": rows, "bytes": 853204, "median_us": 90 * rows,
                                            "device": "none: invented"}) + "\n" for rows in (64, 32, 16, 8)),
                        encoding="ascii")

    def data(self):
        """An archive of the reviews outside of the scratch directory's root."""
        path = Path(self.environment["HOME"]) / "aclImdb_v1.tar.gz"
        if not path.exists():
            self.archive(path)
        return path

    MAKERS = {
        "aclImdb_v1.tar.gz": archive, "aclImdb.tar.gz": archive, "aclImdb.tar.xz": archive, "aclImdb": directory,
        "reviews.csv": table, "train.csv": table, "test.csv": table, "other.csv": table, "big.csv": table,
        "shared/aclImdb": directory, "shared/aclImdb_v1.tar.gz": archive,
        "old.h5": golden, "keras_model.keras": golden, "imdb.npz": exported, "imdb_word_index.json": exported,
        "config.json": configuration, "machines": machines, "runs/quickstart": trained,
        "runs/compare": compared, "steps.jsonl": gpu_steps,
    }

    def make(self, commands):
        """What the commands name; a directory of a run not where the first of them that names it trains it."""
        for name, maker in self.MAKERS.items():
            word = re.compile(r"(?<![\w./-])" + ("/" if name.startswith("shared/") else r"(?:\./)?") + re.escape(name) +
                              r"(?![\w.-])")
            first = next((command for command in commands if word.search(command.text)), None)
            if first is None or re.search(r"(?:--out|>|-o)\s*" + re.escape(name), first.text):
                continue
            path = self.scratch / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                maker(self, path)
