#!/usr/bin/env python3
"""Training steps of this program, PyTorch and Keras on the processor, in turn, on the same reviews.

    bench/peers/setup.sh
    bench/peers/compare.py --data aclImdb.tar.xz --json peers.json

For each model the peers are started and warmed up; then come rounds of ours, peer, peer, ours, peer, ... A figure is
the median of the steps of one turn. Neighbours in time share the machine's mood, so the ratio peer/ours is taken within
each round: above 1, ours is faster. Foreign load is how many processors were busy with other work during a turn. All
run on the same processors, as many as --threads. The JSON file is written again after each model.
"""
import argparse
import contextlib
import datetime
import json
import os
import platform
import resource
import select
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TICKS = os.sysconf("SC_CLK_TCK")
MODELS = "lstm,lstm-dropout,lstm-gate-dropout,bilstm,bilstm-gate-dropout,cnn-lstm"
PEERS = {  # name: environment of setup.sh, script, its environment variables
    "pytorch": ("torch", "torch_steps.py", {}),
    "keras-tensorflow": ("keras-tensorflow", "keras_steps.py", {"KERAS_BACKEND": "tensorflow"}),
    "keras-jax": ("keras-jax", "keras_steps.py", {"KERAS_BACKEND": "jax"}),
}
LIMIT_S = 300  # for one answer: XLA compiles in seconds, a turn takes as long


class Failure(Exception):
    pass


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no word"


def machine_busy_seconds():
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, softirq = map(int, file.readline().split()[1:8])
    return (user + nice + system + irq + softirq) / TICKS


class Ours:
    """bench_step, started for each turn: it loads the reviews and warms up by itself."""
    name = "matinee"

    def __init__(self, model, options):
        self.facts = {}
        self.command = [options.program, "--model", model, "--data", options.npz, "--steps", str(options.our_steps),
                        "--evaluations", "0", "--threads", str(options.threads), "--seed", str(options.seed)]

    def seconds(self):
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    def turn(self):
        try:
            run = subprocess.run(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        except OSError as error:
            raise Failure(f"{self.command[0]}: {error.strerror}; build it: "
                          "ninja -C build/release bench_step") from error
        if run.returncode:
            raise Failure(f"{shlex.join(self.command)} ended with status {run.returncode}: {last_line(run.stderr)}")
        try:
            row = json.loads(run.stdout)
            self.facts = {"how": row["device"]}
            return row["median_us"] / 1e3
        except (ValueError, KeyError, TypeError) as error:
            raise Failure(f"{shlex.join(self.command)} printed no line of JSON with median_us and device") from error

    def close(self):
        pass


class Peer:
    """A process that waits for its turns."""

    def __init__(self, name, model, options):
        environment, script, variables = PEERS[name]
        python = os.path.join(options.environments, environment, "bin", "python")
        if not os.path.exists(python):
            raise Failure(f"not installed: {os.path.dirname(os.path.dirname(python))} is not there; run "
                          "bench/peers/setup.sh, or give --environments")
        self.name, self.steps = name, options.steps
        self.errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen(
            [python, os.path.join(HERE, script), "--model", model, "--data", options.npz, "--threads",
             str(options.threads), "--seed", str(options.seed)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True,
            env={**os.environ, "OMP_NUM_THREADS": str(options.threads), "TF_CPP_MIN_LOG_LEVEL": "2", **variables})
        try:
            self.facts = self.answer()
            if "cannot" in self.facts:
                raise Failure(f"cannot: {self.facts['cannot']}")
        except BaseException:
            self.close()
            raise

    def answer(self):
        if not select.select([self.process.stdout], [], [], LIMIT_S)[0]:
            raise Failure(f"failed: no answer in {LIMIT_S} s")
        line = self.process.stdout.readline()
        if not line:
            status = self.process.wait()
            self.errors.seek(0)
            raise Failure(f"failed: ended with status {status}: {last_line(self.errors.read())}")
        try:
            return json.loads(line)
        except ValueError as error:
            raise Failure(f"failed: printed {line.strip()!r}") from error

    def seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as file:
            user, system = file.read().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / TICKS

    def turn(self):
        try:
            self.process.stdin.write(f"{self.steps}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended; answer() says why
        return statistics.median(self.answer()["ms"])

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(1)  # it ends at the end of its input
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()


class Entry:
    """What a program did in the rounds of a model."""

    def __init__(self, name):
        self.name, self.ms, self.foreign, self.program, self.why = name, [], [], None, None

    def start(self, make):
        try:
            self.program = make()
        except Failure as failure:
            self.why = str(failure)

    def turn(self):
        """A program that fails once has no more turns."""
        if self.why:
            return
        busy, own, began = machine_busy_seconds(), self.program.seconds(), time.monotonic()
        try:
            ms = self.program.turn()
            foreign = (machine_busy_seconds() - busy - (self.program.seconds() - own)) / (time.monotonic() - began)
        except Failure as failure:
            self.why = str(failure)
            return
        self.ms.append(ms)
        self.foreign.append(round(max(foreign, 0.0), 3))

    def record(self, ours):
        if self.why:
            return {"name": self.name, "why_not": self.why}
        ratios = [theirs / mine for theirs, mine in zip(self.ms, ours.ms)]
        return {"name": self.name, **self.program.facts, "median_ms": round(statistics.median(self.ms), 3),
                "ratio": round(statistics.median(ratios), 3), "ratio_min": round(min(ratios), 3),
                "ratio_max": round(max(ratios), 3), "foreign_max": max(self.foreign),
                "rounds_ms": [round(ms, 3) for ms in self.ms], "rounds_ratio": [round(ratio, 3) for ratio in ratios],
                "rounds_foreign": self.foreign}


def measure(model, options):
    """One record a program, ours first."""
    ours = Entry(Ours.name)
    entries = [ours] + [Entry(name) for name in options.peers]
    try:
        ours.start(lambda: Ours(model, options))
        for entry in entries[1:]:
            entry.start(lambda: Peer(entry.name, model, options))
        for _ in range(options.rounds):
            for entry in entries:
                time.sleep(options.pause)
                entry.turn()
            if ours.why:
                sys.exit(f"compare.py: {ours.why}")
    finally:
        for entry in entries:
            if entry.program:
                entry.program.close()
    return [entry.record(ours) for entry in entries]


def print_model(model, records):
    for record in records:
        text = f"{model:<21}{record['name']:<18}"
        if "why_not" in record:
            print(text + record["why_not"])
            continue
        print(f"{text}{record['median_ms']:>9.1f}{record['ratio']:>8.2f}{record['ratio_min']:>8.2f}"
              f"{record['ratio_max']:>8.2f}{record['foreign_max']:>9.2f}  {record['how']}")
    measured = [record for record in records[1:] if "ratio" in record]
    if measured:
        best = min(measured, key=lambda record: record["ratio"])
        print(f"{model:<21}{'fastest peer: ' + best['name']:<27}{best['ratio']:>8.2f}")
    sys.stdout.flush()


def processor():
    """The name, and those of the vector instructions that matter here."""
    name, flags = platform.machine(), set()
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                name = value.strip()
            elif key.strip() in ("flags", "Features"):
                flags = set(value.split())
    wanted = ["avx2", "fma", "avx512f", "avx512_bf16", "amx_tile", "amx_bf16", "asimd", "sve"]
    return {"name": name, "machine": platform.machine(), "vectors": [flag for flag in wanted if flag in flags]}


def commit():
    command = ["git", "-C", ROOT, "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def json_text(document, models):
    """A program's record is one line."""
    head = json.dumps(document, indent=1).removesuffix("\n}")
    lists = [f"  {json.dumps(model)}: [\n" + ",\n".join("   " + json.dumps(record) for record in records) + "\n  ]"
             for model, records in models.items()]
    return head + ',\n "models": {\n' + ",\n".join(lists) + "\n }\n}\n"


def write(path, text):
    """Whole or not at all."""
    try:
        with open(path + ".part", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(path + ".part", path)
    except OSError as error:
        sys.exit(f"compare.py: {path}: {error.strerror}; give another --json")


def npz(options, scratch):
    """The file that all read: --data itself, or what our program exports of it."""
    if options.data.endswith(".npz"):
        return options.data
    command = [os.path.join(os.path.dirname(options.program), "matinee"), "data", "export", "--data", options.data,
               "--out", scratch]
    try:
        run = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    except OSError as error:
        sys.exit(f"compare.py: {command[0]}: {error.strerror}; build it, or give --data an imdb.npz")
    if run.returncode:
        sys.exit(f"compare.py: {shlex.join(command)} ended with status {run.returncode}: {last_line(run.stderr)}")
    return os.path.join(scratch, "imdb.npz")


def count(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value}: must be at least 1")
    return value


def seconds(text):
    value = float(text)
    if not 0 <= value <= 60:
        raise argparse.ArgumentTypeError(f"{text}: must be between 0 and 60")
    return value


def peer_names(text):
    names = text.split(",")
    for name in names:
        if name not in PEERS:
            raise argparse.ArgumentTypeError(f"{name}: no such peer; they are {', '.join(PEERS)}")
    return names


def parse():
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, metavar="PATH", help="as for matinee train, or Keras' imdb.npz")
    parser.add_argument("--json", default="peers.json", metavar="FILE", help="what is written (peers.json)")
    parser.add_argument("--models", default=MODELS, metavar="A,B", help=f"({MODELS})")
    parser.add_argument("--peers", type=peer_names, default=list(PEERS), metavar="A,B", help=f"({','.join(PEERS)})")
    parser.add_argument("--rounds", type=count, default=5, metavar="N", help="(5)")
    parser.add_argument("--steps", type=count, default=5, metavar="N", help="of a peer in a turn, after one more (5)")
    parser.add_argument("--our-steps", type=count, default=20, metavar="N", help="of ours, after three more (20)")
    parser.add_argument("--threads", type=count, default=2, metavar="N", help="and processors (2)")
    parser.add_argument("--pause", type=seconds, default=0.3, metavar="S",
                        help="before a turn: threads of the last that spin for more work go to sleep (0.3)")
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="of weights and order (7)")
    parser.add_argument("--environments", default=os.path.join(cache, "matinee", "peers"), metavar="DIR",
                        help="where setup.sh put them (%(default)s)")
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "bin", "bench_step"), metavar="FILE",
                        help="bench_step, with matinee beside it (%(default)s)")
    options = parser.parse_args()
    available = sorted(os.sched_getaffinity(0))
    if len(available) < options.threads:
        parser.error(f"--threads {options.threads}: {len(available)} processors are here")
    options.processors = available[:options.threads]
    return options


def main():
    options = parse()
    os.sched_setaffinity(0, options.processors)  # children inherit it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no peer stays behind
    document = {"batch": 64, "vocabulary": 5000, "T": 500, "E": 32, "H": 100,
                "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
                "commit": commit(), "processor": processor(), "threads": options.threads,
                "data": os.path.basename(options.data), "seed": options.seed, "rounds": options.rounds,
                "steps": options.steps, "our_steps": options.our_steps}
    models = {}
    write(options.json, json_text(document, models))
    with tempfile.TemporaryDirectory() as scratch:
        options.npz = npz(options, scratch)
        print(f"{'model':<21}{'program':<18}{'ms/step':>9}{'ratio':>8}{'min':>8}{'max':>8}{'foreign':>9}  how")
        for model in options.models.split(","):
            records = measure(model, options)
            models[model] = records
            write(options.json, json_text(document, models))
            print_model(model, records)
    failed = [record for records in models.values() for record in records
              if record.get("why_not", "").startswith("failed")]
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
