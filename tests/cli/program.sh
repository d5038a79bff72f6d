# Shared by the tests that run the built program: PROGRAM FIXTURES are their arguments. A scratch directory is the
# current one, and is removed at the end; runs that a failure leaves in the background end then.
# shellcheck shell=bash
set -euo pipefail
program=$1
fixtures=$2
unset MATINEE_DATA MATINEE_DATA_DIRECTORY NO_COLOR
export LC_ALL=C
scratch=$(mktemp -d)
trap 'kill -KILL $(jobs -p) 2>/dev/null || true; rm -rf "$scratch"' EXIT
cd "$scratch"
export HOME=$scratch XDG_CACHE_HOME=$scratch/cache
export CUDA_VISIBLE_DEVICES=   # these tests are of the processor, also where there is a GPU
export OMP_WAIT_POLICY=passive # threads that wait for each other must not starve the tests beside this one
file_limit=unlimited           # of the program, in KiB a file

fail() {
    echo "FAILED: $*" >&2
    [ ! -f stderr ] || sed 's/^/    stderr: /' stderr >&2
    exit 1
}

# expect STATUS COMMAND...: runs the program; what it prints is then in ./stdout and ./stderr.
expect() {
    local wanted=$1 status=0
    shift
    (
        ulimit -f "$file_limit"
        exec timeout 120 "$program" "$@"
    ) >stdout 2>stderr || status=$?
    [ "$status" -eq "$wanted" ] || fail "matinee $*: exit status $status, expected $wanted"
    [ "$wanted" -ne 0 ] || [ ! -s stderr ] || fail "matinee $*: succeeded and wrote to standard error"
}

# refuse STATUS PATTERN COMMAND...: the program ends so, with one line of this pattern on standard error.
refuse() {
    local status=$1 pattern=$2
    shift 2
    expect "$status" "$@"
    [ "$(wc -l <stderr)" -eq 1 ] || fail "matinee $*: not exactly one line on standard error"
    grep -Eq -- "$pattern" stderr || fail "matinee $*: the message does not match '$pattern'"
}

# says PATTERN: a line of ./stdout matches.
says() {
    grep -Eq -- "$1" stdout || fail "standard output does not match '$1': $(cat stdout)"
}

# holds DIRECTORY FILE...: exactly these files are there.
holds() {
    local directory=$1
    shift
    [ "$(ls -A "$directory" | sort | xargs)" = "$*" ] || fail "$directory holds: $(ls -A "$directory" | xargs)"
}

# make_reviews DIRECTORY: aclImdb in small, 12 training and 4 test reviews.
make_reviews() {
    local split i
    for split in train test; do
        mkdir -p "$1/$split/pos" "$1/$split/neg"
        for i in 0 1 2 3 4 5; do
            [ "$split" = train ] || [ "$i" -lt 2 ] || continue
            echo "A wonderful film number $i, warm and good and never dull." >"$1/$split/pos/${i}_9.txt"
            echo "An awful film number $i, dull and bad and far too long." >"$1/$split/neg/${i}_2.txt"
        done
    done
}

small=(--units 8 --embedding 4 --maxlen 40 --epochs 1)
