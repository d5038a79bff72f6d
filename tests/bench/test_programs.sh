#!/usr/bin/env bash
# bench_step, bench_scale and scale.py in tiny sizes: what they print and write. test_programs.sh BENCH BUILD_DIRECTORY
set -euo pipefail
export LC_ALL=C
bench=$1
programs=$2/bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "$1" >&2
    cat stdout stderr >&2 2>/dev/null || true
    exit 1
}

# runs STATUS COMMAND...: what it prints is in ./stdout and ./stderr.
runs() {
    local wanted=$1 status=0
    shift
    timeout 120 "$@" >stdout 2>stderr || status=$?
    [ "$status" -eq "$wanted" ] || fail "$*: status $status, expected $wanted"
}

says() {
    grep -Eq -- "$1" stdout || fail "no line like $1"
}

# Every key that the lines in FILE have is named in README.md of the measurements.
named() {
    python3 - "$1" "$bench/README.md" <<'END' || fail "$1: keys that bench/README.md does not name"
import json, re, sys
names = re.findall(r"`([^`\n]+)`", open(sys.argv[2], encoding="utf-8").read())
missing = {key for line in open(sys.argv[1]) for key in json.loads(line)} - set(names)
print(*missing, file=sys.stderr)
sys.exit(bool(missing))
END
}

number='[0-9]+(\.[0-9]+)?'
runs 0 "$programs/bench_step" --data sample --tiny --steps 4 --evaluations 1 --threads 1 --cpu-kernels auto
says "^\{\"name\": \"step lstm\", .*\"median_us\": $number, .*\"deviation\": $number, \"n\": 4, "
says "\"threads\": 1, \"row_steps\": $number, \"gflop\": $number"
says "\"gflop_per_s\": $number, \"peak_before\": $number, \"peak_after\": $number, \"share_of_peak\": $number"
says "^\{\"name\": \"evaluate lstm\", .*\"accuracy\": $number, \"foreign_load\": $number\}$"
named stdout
runs 0 "$programs/bench_step" --data sample --tiny --steps 4 --evaluations 0 --threads 1 --ops --model lstm,cnn-lstm
named stdout
[ "$(grep -c '"name": "step ' stdout)" -eq 2 ] || fail "--ops: not a line for each model's steps"
for op in lstm conv_pool conv_pool_backward lstm_backward dense_bce adam rest; do
    says "^\{\"name\": \"$op\", .*\"median_us\": $number, .*\"seed\": 7, \"model\": \"cnn-lstm\", "
done
says '"name": "conv_pool", .*"layer": "conv1d", .*"bound": "(arithmetic|memory)", "share_of_peak": '
says '"name": "adam", .*"layer": null, .*"gflop": 0.000000, "mb": 0.5'
grep -Eq "^lstm_backward +lstm +$number +$number % +$number +$number +$number +$number +[0-9]+ % " stderr ||
    fail "--ops: no such line in the table"
python3 - <<'END' || fail "--ops: the ops do not make up the step"
import json
lines = [json.loads(line) for line in open("stdout")]
for step in (line for line in lines if line["name"].startswith("step ")):
    ops = [line for line in lines if line.get("model") == step["name"].removeprefix("step ")]
    assert abs(sum(op["gflop"] for op in ops) - step["gflop"]) < 1e-3, "flops"
    assert sum(op["min_us"] for op in ops) <= step["max_us"] * 1.001, "least times"
    assert sum(op["max_us"] for op in ops) >= step["min_us"] * 0.999, "greatest times"
    assert abs(sum(op["share_of_step"] for op in ops) - sum(op["median_us"] for op in ops) / step["median_us"]) < 1e-2
END
runs 2 "$programs/bench_step" --data sample --device cuda --ops
grep -q -- '--ops: of the processor alone; bench_gpu times a GPU' stderr || fail "--ops of a GPU: another message"
runs 1 "$programs/bench_step" --data sample --tiny --steps 4 --cpu-kernels other
grep -q -- '--cpu-kernels other: this build has no such kernels; use ' stderr || fail "other kernels: another message"

runs 2 "$programs/bench_scale" --tiny --synthetic --data sample
[ "$(grep -c -- '--synthetic: --data sample are others' stderr)" -eq 1 ] || fail "two kinds of data: another message"
runs 0 "$programs/bench_scale" --tiny --data sample --steps 2 --rounds 1
named stdout
[ "$(grep -c '"default": true' stdout)" -eq 1 ] || fail "not one row of the default sizes"
runs 0 "$bench/scale.py" --program "$programs/bench_scale" --out scale -- --tiny --synthetic --steps 2 --rounds 2
[ "$(cd scale && echo *)" = "scale.csv scale.json scale.md scale.svg" ] || fail "scale.py wrote: $(ls scale)"
rows=$(wc -l <scale/scale.json)
[ "$(grep -c '"n": 4, ' scale/scale.json)" -eq "$rows" ] || fail "not two rounds of two steps in every row"
[ "$(wc -l <scale/scale.csv)" -eq $((rows + 1)) ] || fail "scale.csv has other rows than scale.json"
cmp stdout scale/scale.md || fail "scale.py prints another table than it writes"
says '^\| \*\*T 8\*\* \| .* \| \+0% \|'
for axis in 'T 12' 'N 3' 'H 5' 'E 2'; do
    says "^\| $axis \| $number \| "
done
python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' scale/scale.svg ||
    fail "scale.svg is no XML"
[ "$(grep -c '<circle' scale/scale.svg)" -gt "$rows" ] || fail "scale.svg lacks points"
grep -q 'prefers-color-scheme: dark' scale/scale.svg || fail "scale.svg has no dark colours"
runs 0 "$bench/scale.py" --rows scale/scale.json --out again
diff -r scale again || fail "the same rows give other files"
echo '{"T": 3}' >bad.json
runs 1 "$bench/scale.py" --rows bad.json --out nothing
[ "$(wc -l <stderr)" -eq 1 ] || fail "a bad row: not one line"
grep -q '^scale.py: bad.json: line 1 is no row' stderr || fail "a bad row: another message"
runs 1 "$bench/scale.py" --program ./absent --out nothing
grep -q '^scale.py: ./absent: No such file or directory; build it' stderr || fail "no program: another message"
[ ! -e nothing ] || fail "a failed run leaves a directory"
