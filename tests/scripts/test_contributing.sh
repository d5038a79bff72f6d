#!/usr/bin/env bash
# docs/contributing.md names the stages that .ci/run and scripts/test.sh have, no others, and in their order.
#     test_contributing.sh SOURCE_DIR
set -euo pipefail
cd "$1"

# stages FILE...: what they call stage with, $preset once for each preset.
# shellcheck disable=SC2016 # $preset stands in the file
stages() {
    local name preset
    while read -r name; do
        if [[ "$name" == *'$preset'* ]]; then
            per_preset+=("${name#'$preset'}")
            continue
        fi
        for preset in default asan; do
            for step in "${per_preset[@]}"; do
                echo "$preset$step"
            done
        done
        per_preset=()
        echo "$name"
    done < <(sed -n 's/^ *stage "\([^"]*\)".*/\1/p' "$@")
}

per_preset=()
grep -qx 'presets=(default asan)' scripts/test.sh || {
    echo "scripts/test.sh: other presets than default and asan; this test and docs/contributing.md know these" >&2
    exit 1
}
# The page has last what .ci/run leaves out.
by_hand='^(breaks|real Keras)$'
expected=$(stages scripts/test.sh .ci/run | sed "s/^/ /" | grep -vE "${by_hand/^/^ }"; printf ' breaks\n real Keras')
# shellcheck disable=SC2016 # Markdown's code
found=$(sed -n '/^| stage /,/^$/p' docs/contributing.md | sed '1,2d' | cut -d '|' -f 2 | grep -o '`[^`]*`' | sed 's/`\(.*\)`/ \1/')
if [ -z "$found" ] || ! diff <(echo "$expected") <(echo "$found") >&2; then
    echo "docs/contributing.md: the table of stages (>) is not what .ci/run and scripts/test.sh do (<)" >&2
    exit 1
fi
