#!/usr/bin/env bash
# quickstart.sh, with the commands that it runs replaced: what it tells them does not depend on where it is called from.
set -euo pipefail
export LC_ALL=C
scripts=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset MATINEE_DATA

# stub PATH: a program that notes its arguments, and the data set that the environment names.
stub() {
    mkdir -p "$(dirname "$work/$1")"
    printf '#!/bin/sh\necho "%s [${MATINEE_DATA:-}] $*" >>"%s/calls"\n' "$(basename "$1")" "$work" >"$work/$1"
    chmod +x "$work/$1"
}

stub tree/scripts/setup.sh
stub tree/scripts/fetch_imdb.sh
stub tree/build/bin/matinee
stub bin/cmake
printf '#!/bin/sh\necho "no driver"\nexit 9\n' >"$work/bin/nvidia-smi"
chmod +x "$work/bin/nvidia-smi"
cp "$scripts/quickstart.sh" "$work/tree/scripts/"
mkdir "$work/caller"

# expect CALL ARGUMENT...: one of the calls that quickstart.sh makes with the arguments, from the caller's directory.
expect() {
    local call=$1
    shift
    rm -f "$work/calls"
    if ! (cd "$work/caller" && PATH=$work/bin:$PATH ../tree/scripts/quickstart.sh "$@" >"$work/output" 2>&1); then
        printf 'quickstart.sh %s fails:\n' "$*"
        cat "$work/output"
        exit 1
    fi
    if ! grep -qxF -- "$call" "$work/calls"; then
        printf 'quickstart.sh %s: no call "%s" in:\n' "$*" "$call"
        cat "$work/calls"
        exit 1
    fi
}

here=$work/caller
expect "matinee [] train --data $here/my set --out runs/quickstart" --data "my set"
expect "matinee [] evaluate runs/quickstart/model.keras --data $here/../set" --data ../set
expect "matinee [] train --data /a/set --out runs/quickstart" --data /a/set
expect "matinee [] train --data sample --out runs/quickstart" --data sample
expect "matinee [] train --data sample --out runs/quickstart" --sample
expect "matinee [] train --out runs/quickstart"
expect "fetch_imdb.sh [] "
expect "cmake [] --preset release --compile-no-warning-as-error -DMATINEE_CUDA=OFF"
printf '#!/bin/sh\nprintf "9.0\\n8.0\\n9.0\\n"\n' >"$work/bin/nvidia-smi"
expect "cmake [] --preset release --compile-no-warning-as-error -DMATINEE_CUDA_ARCHITECTURES=80;90"
export MATINEE_DATA=set
expect "matinee [$here/set] train --out runs/quickstart"
MATINEE_DATA=sample expect "matinee [sample] train --out runs/quickstart"

if (cd "$work/caller" && ../tree/scripts/quickstart.sh --data "" >/dev/null 2>&1); then
    echo "an empty --data is accepted"
    exit 1
fi
