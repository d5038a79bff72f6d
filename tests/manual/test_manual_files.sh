#!/usr/bin/env bash
# What is installed: a page for every command that readers of man pages accept, and completion that shells accept; and a
# generator that says when it could not write.
set -euo pipefail
export LC_ALL=C.UTF-8
make_manual=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "$1" >&2
    exit 1
}

mkdir "$work/pages"
"$make_manual" files "$work/pages"
mapfile -t commands < <(sed -n 's/^- \[matinee \(.*\)\](#.*/\1/p' "$source/docs/commands.md")
[ ${#commands[@]} -ge 11 ] || fail "docs/commands.md names ${#commands[@]} commands"
printf '%s\n' _matinee matinee matinee.1 "${commands[@]/%/.1}" | sed '4,$s/^/matinee-/' | sort >"$work/expected"
find "$work/pages" -type f -printf '%f\n' | sort | diff "$work/expected" - || fail "other files than expected"
for command in "${commands[@]}"; do
    "$make_manual" man "$command" | cmp - "$work/pages/matinee-$command.1"
done

released=$(sed -n 's/^ -- .*, //p' "$source/packaging/changelog" | head -n 1)
grep -q "^\.TH MATINEE 1 $(date -u -d "$released" +%F) " "$work/pages/matinee.1" || fail "the pages are not of $released"

for page in "$work"/pages/*.1; do
    if command -v mandoc >/dev/null; then
        mandoc -T lint -W warning "$page" >"$work/complaints" 2>&1 || true
        [ ! -s "$work/complaints" ] || fail "$page: $(cat "$work/complaints")"
    fi
    if command -v man >/dev/null && command -v groff >/dev/null; then
        MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>"$work/complaints" >/dev/null ||
            fail "$page: $(cat "$work/complaints")"
        [ ! -s "$work/complaints" ] || fail "$page: $(cat "$work/complaints")"
    fi
done
bash -n "$work/pages/matinee"
! command -v zsh >/dev/null || zsh -n "$work/pages/_matinee"

# refused STATUS MESSAGE ARGUMENTS...
refused() {
    local status=0 expected=$1 message=$2
    shift 2
    "$make_manual" "$@" >"$work/output" 2>&1 || status=$?
    [ "$status" -eq "$expected" ] && grep -q "$message" "$work/output" || fail "$*: $status, $(cat "$work/output")"
}

refused 2 '^usage: ' man nonsense
refused 2 '^usage: ' markdown more
refused 2 '^usage: '
refused 1 "No such file or directory" files "$work/absent"
if [ -w /dev/full ]; then
    status=0
    "$make_manual" markdown >/dev/full 2>"$work/output" || status=$?
    [ "$status" -eq 1 ] && grep -q 'No space' "$work/output" || fail "a full disk: $status, $(cat "$work/output")"
fi
