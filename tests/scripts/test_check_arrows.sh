#!/usr/bin/env bash
# check_arrows.sh passes a small house that keeps the arrows, and names each way of breaking them.
set -euo pipefail
export LC_ALL=C
scripts=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# add PATH: a file of the house, from standard input.
add() {
    mkdir -p "$work/$(dirname "$1")"
    cat >"$work/$1"
}

# build PART SOURCE...: the part's library, as the real build names it.
build() {
    local part=$1 source
    shift
    mkdir -p "$work/build/src/$part"
    rm -f "$work/build/src/$part"/*
    for source in "$@"; do
        gcc -c -I"$work/include" -o "$work/build/src/$part/$(basename "$source").o" "$work/$source"
    done
    ar rc "$work/build/src/$part/libmatinee_$part.a" "$work/build/src/$part"/*.o
}

house() {
    rm -rf "${work:?}"/*
    mkdir "$work/kernels"
    add include/matinee/base.h <<<'int base_one(void); int train_one(void);'
    add src/base/one.c <<<$'#include "matinee/base.h"\nint base_one(void) { return 1; }'
    add src/train/own.h <<<'int train_two(void);'
    add src/train/one.c <<<$'#include "matinee/base.h"\n#include "own.h"\nint train_one(void) { return base_one() + train_two(); }'
    add src/train/two.c <<<$'#include "own.h"\nint train_two(void) { return 2; }'
    build base src/base/one.c
    build train src/train/one.c src/train/two.c
}

check() {
    "$scripts/check_arrows.sh" "$work/build" "$work" 2>&1
}

expect_violation() {
    local output
    if output=$(check); then
        echo "not found: $1"
        exit 1
    fi
    if ! grep -qF -- "$1" <<<"$output"; then
        printf 'expected "%s" in:\n%s\n' "$1" "$output"
        exit 1
    fi
}

house
check

add src/base/one.c <<<$'#include "matinee/base.h"\nint base_one(void) { return train_one(); }'
build base src/base/one.c
expect_violation "base -> train_one -> train"

house
add src/attic/one.c <<<'int attic_one(void) { return 3; }'
build attic src/attic/one.c
expect_violation "attic: a library"

house
add src/base/one.c <<<$'#include "../train/own.h"\nint base_one(void) { return 1; }'
expect_violation 'src/base/one.c includes "../train/own.h"'

house
add src/cuda/host.h <<<'int host(void);'
add kernels/one.h <<<'#include "matinee/base.h"'
add src/cuda/host.c <<<$'#include "host.h"\n#include "one.h"'
check
add kernels/one.cu <<<$'#include "one.h"\n#include "host.h"'
expect_violation 'kernels/one.cu includes "host.h"'

house
add include/matinee/base.h <<<'#include "own.h"'
expect_violation 'include/matinee/base.h includes "own.h"'

rm -rf "$work/build"
expect_violation "build first"
