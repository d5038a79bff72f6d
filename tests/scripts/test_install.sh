#!/usr/bin/env bash
# cmake --install puts the program where it finds its plugins, with its man pages, completion and documents, and no more;
# it may be moved as a whole, and uninstall.sh leaves nothing. Usage: test_install.sh CMAKE BUILD_DIRECTORY SCRIPTS
set -euo pipefail
export LC_ALL=C
cmake=$1 build=$2 scripts=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/installed

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

# looks_beside PREFIX: where it looks for the plugin it finds it, or says that there is none.
looks_beside() {
    "$1/bin/matinee" doctor >"$scratch/doctor"
    if [ -e "$build/lib/matinee/matinee_cuda.so" ]; then
        [ -f "$1/lib/matinee/matinee_cuda.so" ] || fail "the CUDA plugin is not installed"
        ! grep "no CUDA plugin" "$scratch/doctor" || fail "the CUDA plugin is not found"
    else
        grep -q "$1/bin/../lib/matinee/matinee_cuda.so: no CUDA plugin" "$scratch/doctor" ||
            fail "doctor looks elsewhere: $(cat "$scratch/doctor")"
    fi
}

looks_beside "$prefix"
mv "$prefix" "$scratch/moved"
looks_beside "$scratch/moved"
mv "$scratch/moved" "$prefix"

mkdir "$scratch/build"
cp "$build/install_manifest.txt" "$scratch/build/"
"$scripts/uninstall.sh" "$scratch/build"
[ ! -e "$prefix" ] || fail "uninstall.sh leaves $(find "$prefix")"
