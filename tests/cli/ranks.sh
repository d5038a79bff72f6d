# Shared by the tests that start the program several times at once; program.sh comes first. `ranks` is how many; 0: the
# program by itself. Skips where there is no Open MPI or the build has no plugin for it.
# shellcheck shell=bash
source "$(dirname "${BASH_SOURCE[0]}")/../dist/mpi_environment.sh"
if [ ! -e "$(dirname "$program")/../lib/matinee/matinee_mpi.so" ]; then
    echo "no MPI plugin"
    exit 77
fi
export OMPI_MCA_btl_vader_single_copy_mechanism=none # which containers forbid, with a warning
export TMPDIR=$scratch # of Open MPI's own files, which another mpirun's end might take along
export ranks=0
single=$program
cat >started <<EOF
#!/usr/bin/env bash
[ "\$ranks" -ne 0 ] || exec "$single" "\$@"
exec mpirun --oversubscribe -np "\$ranks" "$single" "\$@" </dev/null
EOF
chmod +x started
program=$PWD/started

# refuse_once STATUS PATTERN COMMAND...: as refuse, but the launcher may say something, too.
refuse_once() {
    local status=$1 pattern=$2
    shift 2
    expect "$status" "$@"
    [ "$(grep -c '^matinee' stderr)" -eq 1 ] || fail "matinee $*: not exactly one message"
    grep -Eq -- "$pattern" stderr || fail "matinee $*: the message does not match '$pattern'"
}

# history RUN: epochs, accuracies and losses.
history() {
    cut -d, -f1-5 "$1/history.csv"
}

# same_run A B: model files to the byte, and histories but for their times.
same_run() {
    cmp "$1/model.keras" "$2/model.keras" || fail "$1 and $2: the models differ"
    cmp <(history "$1") <(history "$2") || fail "$1 and $2: the histories differ"
}

# close_run A B FIRST LAST: the losses of the first and of the last epoch differ by no more than these fractions.
close_run() {
    paste -d, <(history "$1") <(history "$2") | awk -F, -v first="$3" -v last="$4" '
        NR > 1 {
            for (i = 0; i < 2; i++) {
                a = $(3 + 2 * i); b = $(8 + 2 * i); d = a > b ? a - b : b - a
                if (!(a > 0 && d <= (NR == 2 ? first : last) * a)) { print "epoch " $1 ": " a " and " b; bad = 1 }
            }
        }
        END { exit bad || NR < 2 }' || fail "$1 and $2: the losses differ"
}
