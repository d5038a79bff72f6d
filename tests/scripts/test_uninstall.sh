#!/usr/bin/env bash
# scripts/uninstall.sh removes every file of the manifests and the directories that are empty then, and nothing else.
# Usage: test_uninstall.sh SCRIPTS
set -euo pipefail
export LC_ALL=C
script=$1/uninstall.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
export HOME=$scratch/home

fail() {
    echo "uninstall: $1" >&2
    exit 1
}

# listing DIRECTORY: what is in it, a line.
listing() {
    find "$1" -mindepth 1 -printf '%P\n' | sort | xargs
}

# installed PREFIX FILE...: makes the files, and the manifest of a build that has written them.
installed() {
    local prefix=$1 file
    shift
    rm -rf build
    mkdir -p build
    for file in "$@"; do
        mkdir -p "$(dirname "$prefix/$file")"
        touch "$prefix/$file"
    done
    printf '%s\n' "${@/#/$prefix/}" | head -c -1 >build/install_manifest.txt # as CMake, without a last newline
}

# A prefix of its own is gone, to the directory that has something else; a link is a file.
mkdir -p other home
touch other/file
installed "$scratch/other/own prefix" bin/program share/doc/a/x share/doc/a/b/y lib/one.so.0
ln -s one.so.0 "other/own prefix/lib/one.so"
printf '\n%s' "$scratch/other/own prefix/lib/one.so" >>build/install_manifest.txt
"$script" build
[ "$(listing other)" = file ] || fail "left: $(listing other)"
[ -z "$(listing build)" ] || fail "the manifest is still there"

# What others have put beside stays, with its directories; files that are gone already are no error.
installed "$scratch/home" bin/program lib/matinee/plugin.so
touch home/bin/theirs
rm home/lib/matinee/plugin.so
"$script" build
[ "$(listing home)" = "bin bin/theirs" ] || fail "beside a foreign file: $(listing home)"
rm home/bin/theirs

# The home directory stays. A manifest for each component is as good as one.
installed "$scratch/home" bin/program include/header.h
head -n 1 build/install_manifest.txt | tr -d '\n' >build/install_manifest_one.txt
tail -n 1 build/install_manifest.txt >build/install_manifest_two.txt
rm build/install_manifest.txt
"$script" build
[ -d home ] || fail "the home directory is removed"
[ -z "$(listing home)" ] || fail "manifests of components: $(listing home)"

# What was staged is taken from there, and what packages were made from has installed nothing.
installed "$scratch/home" bin/program
mkdir -p "stage$scratch/home/bin"
touch "stage$scratch/home/bin/program"
DESTDIR=$scratch/stage "$script" build
[ -z "$(listing stage)" ] || fail "DESTDIR: $(listing stage)"
[ "$(listing home)" = "bin bin/program" ] || fail "DESTDIR: beside it is left: $(listing home)"
installed "$scratch/home" bin/program
echo 'MATINEE_DEBIAN:BOOL=ON' >build/CMakeCache.txt
status=0
"$script" build 2>message || status=$?
[ "$status $(wc -l <message)" = "1 1" ] && [ -e home/bin/program ] || fail "of packages: status $status"
rm -r build/* home/bin

# Nothing to go by, or a wrong word: one line, and the status that belongs to it.
status=0
"$script" build 2>message || status=$?
[ "$status $(wc -l <message)" = "1 1" ] || fail "without a manifest: status $status: $(cat message)"
status=0
"$script" build more 2>message || status=$?
[ "$status $(wc -l <message)" = "2 1" ] || fail "two words: status $status: $(cat message)"
