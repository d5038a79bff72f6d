#!/usr/bin/env bash
# setup.sh without one of the tools that it stands on, and where nothing is missing.
set -euo pipefail
export LC_ALL=C
scripts=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bash=$(command -v bash)
mkdir "$work/bin"
ln -s "$(command -v grep)" "$work/bin/grep"

# stub NAME: a tool that prints what stands on standard input.
stub() {
    { echo '#!/bin/sh' && sed 's/.*/echo "&"/'; } >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}

setup() {
    status=0
    PATH=$work/bin "$bash" "$scripts/setup.sh" >"$work/output" 2>&1 || status=$?
}

fail() {
    printf '%s (status %s):\n' "$1" "$status"
    cat "$work/output"
    exit 1
}

expect_refusal() {
    setup
    [ "$status" -eq 1 ] && grep -q 'no apt-get or no dpkg-query; install .* zlib1g-dev' "$work/output" || fail "$1"
}

expect_refusal "neither tool"
stub apt-get </dev/null
expect_refusal "apt-get alone"
rm "$work/bin/apt-get"
packages=$(sed 's/.*these Debian packages hold: //' "$work/output")
printf 'installed %s\n' $packages | stub dpkg-query
expect_refusal "dpkg-query alone"
stub apt-get </dev/null
setup
[ "$status" -eq 0 ] && [ ! -s "$work/output" ] || fail "nothing is missing"
