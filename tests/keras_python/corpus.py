"""A small labelled corpus of the directory form of aclImdb, and its ids by Keras' rules, in Python of its own.

Real reviews where the archive is at hand, else invented ones. Standard library only, but for the two functions that
return arrays.
"""

import json
import random
import tarfile
from collections.abc import Iterator
from pathlib import Path

TRAIN_OF_EACH_LABEL = 512
TEST_OF_EACH_LABEL = 128
LOAD_DATA_SEED = 113
START, OUT_OF_VOCABULARY, INDEX_FROM = 1, 2, 3

PUNCTUATION = b'!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
UPPER, LOWER = bytes(range(0x41, 0x5B)), bytes(range(0x61, 0x7B))
TOKENS = bytes.maketrans(UPPER + PUNCTUATION, LOWER + b" " * len(PUNCTUATION))


def _real(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Names from the split on ("train/pos/0_9.txt") and texts; the first of each folder in the archive's order."""
    taken: dict[str, int] = {}
    with tarfile.open(archive) as reviews:
        for member in reviews:
            name = "/".join(Path(member.name).parts[-3:])
            folder, split = name.rsplit("/", 1)[0], name.split("/")[0]
            if not member.isfile() or folder not in ("train/pos", "train/neg", "test/pos", "test/neg"):
                continue
            taken[folder] = taken.get(folder, 0) + 1
            if taken[folder] <= (TRAIN_OF_EACH_LABEL if split == "train" else TEST_OF_EACH_LABEL):
                yield name, reviews.extractfile(member).read()


def _invented() -> Iterator[tuple[str, bytes]]:
    draw = random.Random(1)
    words = sorted({"".join(draw.choices("abcdefghij", k=draw.randint(2, 7))) for _ in range(6000)})
    for split, count in (("train", TRAIN_OF_EACH_LABEL), ("test", TEST_OF_EACH_LABEL)):
        for first_word, label in enumerate(("neg", "pos")):
            for i in range(count):
                # Squared, so that some words are frequent, and each label has words of its own.
                ranks = (2 * int(len(words) // 2 * draw.random() ** 2) for _ in range(draw.randint(10, 700)))
                text = " ".join(words[rank + first_word if draw.random() < 0.3 else rank] for rank in ranks)
                yield f"{split}/{label}/{i}_5.txt", text.encode()


def make(directory: Path, archive: Path | None) -> None:
    """Writes the corpus and texts.txt, a line for each test review. One that is there is kept."""
    if (directory / "texts.txt").exists():
        return
    for name, text in _real(archive) if archive else _invented():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    tests = [path.read_bytes().replace(b"\n", b" ") for path in _files(directory, "test")]
    (directory / "texts.txt").write_bytes(b"\n".join(tests) + b"\n")


def _files(directory: Path, split: str) -> list[Path]:
    """As Keras' data were read: the positive ones by name, then the negative ones."""
    return [path for label in ("pos", "neg") for path in sorted((directory / split / label).iterdir())]


class Encoder:
    """imdb.load_data(num_words=vocabulary) and pad_sequences(maxlen) of this corpus."""

    def __init__(self, word_index: Path, vocabulary: int, maxlen: int):
        self.ranks = {word.encode(): rank for word, rank in json.loads(word_index.read_text()).items()}
        self.vocabulary, self.maxlen = vocabulary, maxlen

    def row(self, text: bytes) -> list[int]:
        ranks = (self.ranks.get(word) for word in text.translate(TOKENS).split(b" "))
        ids = [START] + [rank + INDEX_FROM for rank in ranks if rank is not None]
        ids = [i if i < self.vocabulary else OUT_OF_VOCABULARY for i in ids][-self.maxlen:]
        return [0] * (self.maxlen - len(ids)) + ids

    def tests(self, directory: Path):
        """(256, maxlen) int32, in the order of texts.txt."""
        import numpy

        lines = (directory / "texts.txt").read_bytes().split(b"\n")[:-1]
        return numpy.array([self.row(line) for line in lines], "int32")

    def training(self, directory: Path, count: int):
        """The first rows in Keras' order, (count, maxlen) int32, and their labels, (count) float32."""
        import numpy

        files = _files(directory, "train")
        order = numpy.arange(len(files))
        numpy.random.RandomState(LOAD_DATA_SEED).shuffle(order)
        chosen = [files[i] for i in order[:count]]
        labels = numpy.array([path.parent.name == "pos" for path in chosen], "float32")
        return numpy.array([self.row(path.read_bytes()) for path in chosen], "int32"), labels
