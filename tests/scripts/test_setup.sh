#!/usr/bin/env bash
# setup.sh without one of the tools that it stands on, and where nothing is missing.
set -euo pipefail
export LC_ALL=C
scripts=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bash=$(command -v bash)
cp "$scripts/setup.sh" "$work/"
mkdir "$work/bin"
ln -s "$(command -v grep)" "$work/bin/grep"

# stub NAME: a tool that prints what stands on standard input.
stub() {
    { echo '#!/bin/sh' && sed 's/.*/echo "&"/'; } >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}

setup() {
    status=0
    PATH=$work/bin "$bash" "$work/setup.sh" "$@" >"$work/output" 2>&1 </dev/null || status=$?
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

# --cuda: pip, unless it is there, and then the toolkit.
printf '#!%s\necho "the toolkit"\n' "$bash" >"$work/cuda_toolkit.sh"
chmod +x "$work/cuda_toolkit.sh"
printf '#!/bin/sh\necho 1000\n' >"$work/bin/id"
chmod +x "$work/bin/id"
setup --cuda
[ "$status" -eq 1 ] && grep -q '^    apt-get .* install .* python3 python3-pip$' "$work/output" || fail "no pip"

for tool in env mktemp rm; do
    ln -s "$(command -v "$tool")" "$work/bin/$tool"
done
printf '#!%s\necho "$*" >>%q\n[ -e %q ]\n' "$bash" "$work/asked" "$work/willing" >"$work/bin/sudo"
chmod +x "$work/bin/sudo"
setup --cuda
[ "$status" -eq 1 ] && [ "$(cat "$work/asked")" = "-n true" ] || fail "a sudo that wants a password"
touch "$work/willing"
setup --cuda
[ "$status" -eq 0 ] && grep -qx 'setup: installing python3 python3-pip by sudo' "$work/output" &&
    grep -qx 'env DEBIAN_FRONTEND=noninteractive apt-get update' "$work/asked" &&
    grep -q '^env DEBIAN_FRONTEND=noninteractive apt-get install -y .* python3 python3-pip$' "$work/asked" ||
    fail "packages by sudo"
stub python3 </dev/null
setup --cuda
[ "$status" -eq 0 ] && [ "$(cat "$work/output")" = "the toolkit" ] || fail "nothing is missing but the toolkit"
setup --coda
[ "$status" -eq 2 ] && grep -q '^usage: ' "$work/output" || fail "an unknown option"
