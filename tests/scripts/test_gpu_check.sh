#!/usr/bin/env bash
# gpu_check.sh from end to end over an emulated GPU: test_gpu_check.sh SCRIPTS BUILD_DIRECTORY. What it writes, how it
# counts failures, and that it says so where there is no GPU.
set -euo pipefail
export LC_ALL=C
scripts=$1
programs=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "$1"
    cat "$work/output" "$work"/out/log.txt 2>/dev/null || true
    exit 1
}

# check STATUS ARGUMENT...: runs gpu_check and expects its status.
check() {
    local expected=$1 status=0
    shift
    "$scripts/gpu_check.sh" "$@" --out "$work/out" >"$work/output" 2>&1 || status=$?
    [ "$status" -eq "$expected" ] || fail "gpu_check.sh $*: status $status, expected $expected"
}

rehearse() {
    local status=$1
    shift
    check "$status" --rehearse --programs "$programs" "$@"
}

says() {
    grep -Eq -- "$1" "$work/out/table.txt" || fail "the table has no line like $1"
}

if ! compgen -G '/dev/nvidia[0-9]*' >/dev/null; then
    check 1 quick
    [ "$(wc -l <"$work/output")" -eq 1 ] || fail "without a GPU it says more than one line"
    grep -q '^gpu_check: no NVIDIA GPU here' "$work/output" || fail "without a GPU it says something else"
    [ ! -e "$work/out" ] || fail "without a GPU it leaves something behind"
    status=0
    "$programs/bin/bench_gpu" >"$work/output" 2>&1 || status=$?
    [ "$status $(wc -l <"$work/output")" = "1 1" ] || fail "bench_gpu without a GPU: not one line and status 1"
    "$programs/bin/bench_gpu" --tiny --samples 1 --device cpu >"$work/output" 2>/dev/null || fail "bench_gpu --device cpu fails"
    grep -q '"name": "adam"' "$work/output" || fail "bench_gpu --device cpu times no Adam"
fi

# A sanitizer that finds nothing.
mkdir "$work/path"
cat >"$work/path/compute-sanitizer" <<'STUB'
#!/bin/sh
echo "========= ERROR SUMMARY: 0 errors"
STUB
cat >"$work/path/ncu" <<'STUB'
#!/bin/sh
case "$*" in
*--clock-control\ none*bench_step\ *--no-graph*) echo '"0","lstm_fused_forward_kernel"' ;;
*) exit 1 ;;
esac
STUB
chmod +x "$work"/path/*
export PATH=$work/path:$PATH

rehearse 0 full
for stage in env build parity sanitizer train bench ncu; do
    says "^$stage +[0-9]+ s  ok$"
done
says '^step cnn-lstm +cudnn +fp32 +[0-9.]+ +- +-$'
says '^step cnn-lstm +cudnn +eager '
says '^step cnn-lstm +generic +fp32 '
says '^step lstm-gate-dropout +generic +fp32 '
says '^gate-masked lstm training +generic '
says '^accuracy lstm +0\.[0-9]+  of 0 to 1  passed$'
says '^[1-9][0-9]* tests passed, 0 figures'
[ "$(find "$work/out" -type f | wc -l)" -le 9 ] || fail "more than nine files"
grep -q 'ERROR SUMMARY: 0 errors' "$work/out/sanitizer.txt" || fail "what the sanitizer says is not kept"
if command -v python3 >/dev/null; then
    python3 -c 'import json, sys
for name in sys.argv[1:]:
    for line in open(name, encoding="utf-8"):
        json.loads(line)' "$work"/out/*.json || fail "a result is no JSON"
fi

# What the sanitizer finds is a failure of its stage, and the other stages go on.
sed -i 's/0 errors/1 error"; exit "99/' "$work/path/compute-sanitizer"
rehearse 1 --only build,sanitizer,env
says '^sanitizer +[0-9]+ s  FAILED$'
says '^env +[0-9]+ s  ok$'

# Without programs everything but the first stage fails.
mkdir "$work/empty"
check 2 --rehearse --programs "$work/empty" --only env,build,parity
says '^build +[0-9]+ s  FAILED$'

# The table marks what takes more than 1.5 times as long as predicted.
mkdir "$work/results"
cat >"$work/results/bench.json" <<'EOT'
{"name": "adam", "engine": "", "precision": "fp32", "graph": true, "median_us": 4.20, "predicted_us": 4, "ratio": 1.050}
{"name": "step lstm", "engine": "cudnn", "precision": "fp32", "graph": false, "median_us": 9000.00, "predicted_us": 5000, "ratio": 1.800}
EOT
"$scripts/gpu_table.sh" "$work/results" >"$work/output"
grep -Eqx 'adam +fp32 +4\.2 +4\.0 +1\.05' "$work/output" || fail "a figure as predicted"
grep -Eqx 'step lstm +cudnn +eager +9000\.0 +5000\.0 +1\.80 \*' "$work/output" || fail "a slow figure is not marked"
grep -q ' 1 figures more than 1.5 times' "$work/output" || fail "slow figures are not counted"
