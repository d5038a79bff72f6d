#!/usr/bin/env bash
# cmake --install puts the program where it finds its plugins, with its man pages, completion and documents, and no more.
set -euo pipefail
export LC_ALL=C
cmake=$1 build=$2
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT

fail() {
    echo "install: $1" >&2
    exit 1
}

log=$(DESTDIR='' "$cmake" --install "$build" --prefix "$prefix" 2>&1) || fail "$log"
for file in share/man/man1/matinee{,-train,-data}.1.gz share/bash-completion/completions/matinee \
    share/zsh/site-functions/_matinee share/doc/matinee/{README.md,LICENSE,copyright,docs/commands.md}; do
    [ -s "$prefix/$file" ] || fail "there is no $file"
done
gzip -t "$prefix"/share/man/man1/*.gz
[ "$(cd "$prefix/bin" && echo *)" = matinee ] || fail "bin/ has $(cd "$prefix/bin" && echo *)"
[ "$(cd "$prefix" && echo *)" = "bin include lib share" ] || fail "the prefix has $(cd "$prefix" && echo *)"
[ "$(cd "$prefix/include" && echo *)" = matinee.h ] || fail "include/ has $(cd "$prefix/include" && echo *)"

# Where it looks for the plugin it finds it, or says that there is none.
"$prefix/bin/matinee" doctor >"$prefix/doctor"
if [ -e "$build/lib/matinee/matinee_cuda.so" ]; then
    [ -f "$prefix/lib/matinee/matinee_cuda.so" ] || fail "the CUDA plugin is not installed"
    ! grep "no CUDA plugin" "$prefix/doctor" || fail "the CUDA plugin is not found"
else
    grep -q "$prefix/bin/../lib/matinee/matinee_cuda.so: no CUDA plugin" "$prefix/doctor" ||
        fail "doctor looks elsewhere: $(cat "$prefix/doctor")"
fi
