#!/usr/bin/env bash
# Builds Matinee and runs all its tests, then again under AddressSanitizer and UndefinedBehaviorSanitizer.
#     scripts/test.sh [--quick] [--breaks] [--with-keras]
# --quick       leaves the sanitizers out
# --breaks      then breaks the code on purpose, fault by fault (tests/breaks.txt), and shows that each is caught
# --with-keras  then holds the program to real releases of Keras, fetched from PyPI (tests/keras_python/check.py)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

presets=(default asan)
breaks=false
with_keras=false
for option in "$@"; do
    case "$option" in
    --quick) presets=(default) ;;
    --breaks) breaks=true ;;
    --with-keras) with_keras=true ;;
    *)
        echo "usage: scripts/test.sh [--quick] [--breaks] [--with-keras]" >&2
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
if $with_keras; then
    stage "real Keras" tests/keras_python/check.py
fi
