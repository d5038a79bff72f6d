#!/usr/bin/env bash
# Removes what `cmake --install` has written, and the directories that are empty then.
#     scripts/uninstall.sh [BUILD_DIRECTORY]    the one that was installed from (build/release)
# DESTDIR is to be what it was for `cmake --install`: a manifest does not tell. Directories that a system has below
# /usr/local, full or empty, stay.
set -euo pipefail
shopt -s nullglob

if [ $# -gt 1 ] || [[ "${1:-}" == -* ]]; then
    echo "usage: scripts/uninstall.sh [BUILD_DIRECTORY]" >&2
    exit 2
fi
build=${1:-$(dirname "${BASH_SOURCE[0]}")/../build/release}
if grep -qs '^MATINEE_DEBIAN:BOOL=ON' "$build/CMakeCache.txt"; then
    echo "uninstall: $build: packages were made from it, and it has installed nothing; apt-get removes packages" >&2
    exit 1
fi
manifests=("$build"/install_manifest*.txt) # of all, or of a component each
if [ ${#manifests[@]} -eq 0 ]; then
    echo "uninstall: $build: no install_manifest.txt; name the build directory that was installed from" >&2
    exit 1
fi

stays() {
    case "$1" in
    "${HOME:-/}" | /usr/local | /usr/local/share/man | "${DESTDIR:-/}") return 0 ;;
    /usr/local/share/zsh | /usr/local/share/zsh/site-functions) [ -d /usr/share/zsh/functions ] ;; # zsh makes them
    /usr/local/*/*) return 1 ;;
    /usr/local/*) return 0 ;;
    /*/*) return 1 ;;
    *) return 0 ;;
    esac
}

# The files that the manifests name, a line each; CMake ends none with a newline.
installed() {
    local manifest
    for manifest in "${manifests[@]}"; do
        cat -- "$manifest"
        echo
    done
}

while IFS= read -r file; do
    [ -n "$file" ] || continue
    file=${DESTDIR:-}$file
    rm -f -- "$file"
    directory=$(dirname -- "$file")
    while ! stays "$directory" && rmdir -- "$directory" 2>/dev/null; do
        directory=$(dirname -- "$directory")
    done
done < <(installed)
rm -f -- "${manifests[@]}"
