#!/usr/bin/env bash
# Builds Matinee and runs all its tests, then again under AddressSanitizer and UndefinedBehaviorSanitizer.
#     scripts/test.sh [--quick] [--breaks]
# --quick   leaves the sanitizers out
# --breaks  then breaks the code on purpose, fault by fault (tests/breaks.txt), and shows that each is caught
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

presets=(default asan)
breaks=false
for option in "$@"; do
    case "$option" in
    --quick) presets=(default) ;;
    --breaks) breaks=true ;;
    *)
        echo "usage: scripts/test.sh [--quick] [--breaks]" >&2
        exit 2
        ;;
    esac
done

source scripts/stages.sh
exec </dev/null
stage "setup" scripts/setup.sh --test
for preset in "${presets[@]}"; do
    stage "$preset: configure" cmake --preset "$preset"
    stage "$preset: build" cmake --build --preset "$preset"
    stage "$preset: tests" ctest --preset "$preset"
done
if $breaks; then
    stage "breaks" scripts/breaks.sh
fi
