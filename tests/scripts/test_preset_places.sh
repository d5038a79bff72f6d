#!/usr/bin/env bash
# Every preset that the program has is in the lists that no program reads.
#     test_preset_places.sh MATINEE SOURCE_DIR
set -euo pipefail
matinee=$1
cd "$2"
missing=0

# need FILE PATTERN WHAT: NAME in a pattern is the preset's.
need() {
    grep -qE -e "${2//NAME/$name}" "$1" && return
    echo "$1: the preset $name has no $3; docs/contributing.md, \"Add a preset\", has all places" >&2
    missing=1
}

names=$("$matinee" summary no-such-preset 2>&1 | sed -n 's/.*; presets: \(.*\); or give.*/\1/p') || true
[[ "$names" == "lstm, "* ]] || {
    echo "$matinee does not say which presets there are: $names" >&2
    exit 1
}
for name in ${names//,/}; do
    need README.md "^\| \`NAME\` \|.*\| [0-9,]+ \|$" "row among the models"
    need scripts/gpu_stages.sh "^(presets=\(| )(.* )?NAME( |\)|$)" "entry in presets"
    need scripts/gpu_stages.sh "^    NAME\) echo 0\.[0-9]+ 0\.[0-9]+ ;;$" "range of accuracy"
    need tests/cli/test_parallel.sh "^(all=\"| )(.* )?NAME( |\"|$)" "entry in all"
    need bench/predictions.c "\"step NAME\"" "predicted time of a step"
done
exit $missing
