#!/usr/bin/env bash
# Kills training runs with SIGKILL at random moments and goes on with them: every run directory must be one that can be
# gone on with, and end with the model file, byte for byte, and the history of the run that nobody killed.
#
#   scripts/check_resume.sh [COUNT [PROGRAM]]     COUNT kills (200), build/bin/matinee
#
# A run saves every 20 updates and is killed after a random time, gone on with, killed again, until it ends. A kill
# before the first model.keras, while the data are read, leaves nothing to go on from: such a run is begun again, and
# the kill is not one of COUNT. $SEED repeats the random times.
set -euo pipefail
count=${1:-200}
program=$(realpath "${2:-$(dirname "${BASH_SOURCE[0]}")/../build/bin/matinee}")
RANDOM=${SEED:-$$}
unset MATINEE_DATA
export CUDA_VISIBLE_DEVICES= OMP_WAIT_POLICY=passive LC_ALL=C
scratch=$(mktemp -d "${TMPDIR:-/tmp}/matinee-resume.XXXXXX")
trap 'kill -KILL $(jobs -p) 2>/dev/null || true; rm -rf "$scratch"' EXIT
cd "$scratch"
export HOME=$scratch XDG_CACHE_HOME=$scratch/cache

options=(--model lstm-dropout --data sample --train-limit 1280 --batch-size 16 --validation 0.2 --epochs 6
    --units 8 --embedding 4 --maxlen 80 --threads 1 --save-every 20 --keep-best)

fail() {
    printf 'check_resume: %s\n' "$*" >&2
    [ ! -s stderr ] || sed 's/^/    stderr: /' stderr >&2
    [ ! -d run ] || ls -la run >&2
    exit 1
}

# Milliseconds since the epoch.
now() {
    date +%s%3N
}

# The history without its times.
history_of() {
    cut -d, -f1-5 "$1/history.csv"
}

whole=10000 # milliseconds of a run, loading and saving included: the shortest of three
for _ in 1 2 3; do
    began=$(now)
    "$program" train "${options[@]}" --out straight --quiet
    took=$(($(now) - began))
    whole=$((took < whole ? took : whole))
done
[ -s straight/best.keras ] || fail "the run has no best.keras"

kills=0 early=0 partial=0 runs=0
# killed COMMAND...: runs it and kills it at a random moment. Succeeds if it ended before that.
killed() {
    local child status=0
    "$program" "$@" >stdout 2>stderr &
    child=$!
    sleep "$(awk -v r="$RANDOM" -v whole="$whole" 'BEGIN { printf "%.3f", 1.1 * whole / 1000 * r / 32768 }')"
    kill -KILL $child 2>/dev/null || true
    { wait $child || status=$?; } 2>/dev/null
    [ "$status" -ne 0 ] || return 0
    [ "$status" -eq 137 ] || fail "matinee $*: exit status $status"
    kills=$((kills + 1))
    return 1
}

# Whether run/model.keras is within an epoch.
within_epoch() {
    ! grep -aq '"step":0,' run/model.keras
}

compare() {
    local file
    for file in model.keras best.keras; do
        cmp "straight/$file" "run/$file" || fail "$file is not that of the run that was never killed"
    done
    cmp <(history_of straight) <(history_of run) || fail "the histories differ"
    grep -q '"status": "done"' run/run.json || fail "run.json does not say that the run is done"
    [ "$(ls -A run | xargs)" = "best.keras history.csv model.keras predictions.csv report.html run.json" ] ||
        fail "the run left other files"
}

while [ "$kills" -lt "$count" ]; do
    rm -rf run
    command=(train "${options[@]}" --out run --quiet)
    while [ "$kills" -lt "$count" ] && ! killed "${command[@]}"; do
        if [ ! -e run/model.keras ]; then
            early=$((early + 1))
            kills=$((kills - 1))
            continue
        fi
        ! within_epoch || partial=$((partial + 1))
        command=(train --resume run --quiet)
    done
    [ ! -e run/model.keras ] || command=(train --resume run --quiet)
    "$program" "${command[@]}" >stdout 2>stderr || fail "matinee ${command[*]} after $kills kills: exit status $?"
    compare
    runs=$((runs + 1))
done
printf '%d kills in %d runs, %d within an epoch; %d more before training began; %d ms a run; all files are equal\n' \
    "$kills" "$runs" "$partial" "$early" "$whole"
