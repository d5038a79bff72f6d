# shellcheck shell=bash
# Sourced by the tests of ranks: runs the program `ranks` and looks at what it says. Needs $program.
set -euo pipefail
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
LIMIT_SECONDS=60 # far above what any of it takes: an end, even of a loaded machine's

fail() {
    printf '%s (status %s):\n' "$1" "${status:-none}"
    cat "$work/output"
    exit 1
}

# run STATUS COMMAND...: ends with that status; its output, both streams, is left in $work/output.
run() {
    local expected=$1
    shift
    status=0
    timeout -s KILL "$LIMIT_SECONDS" "$@" >"$work/output" 2>&1 </dev/null || status=$?
    [ "$status" -eq "$expected" ] || fail "$*: not status $expected"
}

# start COMMAND...: in the background; `started` is its process. Without timeout, which would pass signals on itself.
start() {
    : >"$work/output" # not only when the process has begun: what the last one said is not of this one
    "$@" >"$work/output" 2>&1 </dev/null &
    started=$!
}

# ends STATUS: the started one does, within the limit.
ends() {
    local i
    for ((i = 0; i < LIMIT_SECONDS * 10; i++)); do
        kill -0 "$started" 2>/dev/null || break
        sleep 0.1
    done
    kill -0 "$started" 2>/dev/null && { kill -KILL "$started"; fail "it does not end"; }
    status=0
    wait "$started" || status=$?
    [ "$status" -eq "$1" ] || fail "not status $1"
}

# wait_for COUNT PATTERN: until so many lines of the output match.
wait_for() {
    local i
    for ((i = 0; i < LIMIT_SECONDS * 10; i++)); do
        [ "$(grep -cE "$2" "$work/output")" -lt "$1" ] || return 0
        sleep 0.1
    done
    fail "never $1 lines of $2"
}

# told PATTERN: the one line that `ranks` has on standard error, whatever mpirun adds.
told() {
    [ "$(grep -c '^ranks: ' "$work/output")" -eq 1 ] && grep -qE "^ranks: $1\$" "$work/output" || fail "not told once: $1"
}

# gone: within two seconds the processes are that the output has as "process RANK NUMBER".
gone() {
    local i process
    for process in $(sed -n 's/^process [0-9] //p' "$work/output"); do
        for ((i = 0; i < 20; i++)); do
            grep -q '^State:.*zombie' "/proc/$process/status" 2>/dev/null && break
            [ -e "/proc/$process" ] || break
            sleep 0.1
        done
        [ "$i" -lt 20 ] || fail "process $process is still there"
    done
}
