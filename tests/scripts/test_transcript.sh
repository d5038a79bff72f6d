#!/usr/bin/env bash
# bench/transcript.py records a tiny run and what it prints. test_transcript.sh BENCH MATINEE
set -euo pipefail
transcript=$1/transcript.py
matinee=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "$1" >&2
    cat stdout stderr recorded.json >&2 2>/dev/null || true
    exit 1
}

"$transcript" --data sample --program "$matinee" --json recorded.json -- \
    --train-limit 64 --epochs 1 --units 4 --embedding 4 --maxlen 10 --seed 11 >stdout 2>stderr || fail "status $?"
python3 - <<'END' || fail "it recorded something else"
import json
recorded = json.load(open("recorded.json"))
assert recorded["seed"] == 11 and recorded["commit"] and recorded["device"].startswith("cpu"), recorded
commands, outputs = zip(*((one["command"], one["output"]) for one in recorded["commands"]))
assert [command.split()[1] for command in commands] == ["train", "evaluate", "predict", "predict"], commands
assert commands[0].startswith("build/bin/matinee train --data sample --out runs/quickstart --train-limit 64"), commands
assert outputs[0].endswith("Wrote runs/quickstart: model.keras, history.csv, predictions.csv, run.json, report.html\n")
assert "accuracy: " in outputs[1] and outputs[2].count("\n") == 1, outputs
assert not any("/tmp" in output for output in outputs), outputs
END
[ "$(echo *)" = "recorded.json stderr stdout" ] || fail "it left something behind"

status=0
"$transcript" --data sample --program ./absent >stdout 2>stderr || status=$?
[ "$status" -eq 1 ] && grep -q '^transcript.py: ./absent: no such program; build it' stderr || fail "no program: another end"
status=0
"$transcript" --data sample --program "$matinee" --json none.json -- --epochs 0 >stdout 2>stderr || status=$?
[ "$status" -eq 1 ] && grep -q '^transcript.py: build/bin/matinee train .*: status 2: ' stderr && [ ! -e none.json ] ||
    fail "a run that fails: another end"
