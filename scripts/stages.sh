# shellcheck shell=bash
# Sourced by scripts that run in stages: `stage NAME COMMAND...` runs a command and notes its seconds; the first one
# that fails ends the script. A table of all stages closes the output, those of scripts called on the way among them.
export LC_ALL=C # tools speak one language, and numbers have points, wherever this runs
if [ -z "${MATINEE_STAGES:-}" ]; then
    MATINEE_STAGES=$(mktemp)
    export MATINEE_STAGES
    trap stages_print EXIT
fi

stage() {
    local name=$1 began=$SECONDS status=0
    shift
    printf '\n== %s: %s\n' "$name" "$*"
    "$@" || status=$?
    local verdict=ok
    [ "$status" -eq 0 ] || verdict="FAILED ($status)"
    printf '%s\t%s\t%s\n' "$name" "$((SECONDS - began))" "$verdict" >>"$MATINEE_STAGES"
    [ "$status" -eq 0 ] || exit "$status"
}

stages_print() {
    printf '\n'
    awk -F '\t' '
        BEGIN { printf "%-28s %7s\n", "stage", "seconds" }
        { printf "%-28s %7d  %s\n", $1, $2, $3; total += $2 }
        END { printf "%-28s %7d\n", "total", total }' "$MATINEE_STAGES"
    rm -f "$MATINEE_STAGES"
}
