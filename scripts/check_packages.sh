#!/usr/bin/env bash
# Builds the Debian packages and shows that they serve: lintian finds no error, nothing of this machine is in them, and
# in a bare system of this machine's release they install, train, evaluate, and go without a trace.
#     scripts/check_packages.sh [CMAKE_OPTION...]    such as -DMATINEE_CUDA_ARCHITECTURES=90, which spares minutes
#     scripts/check_packages.sh --built DIRECTORY    those that are there
# Needs root, mmdebstrap, lintian, dpkg-dev and file, and a mirror of Debian; takes 1 GB in /tmp.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/clean_root.sh
source scripts/clean_root.sh
owns_table=${MATINEE_STAGES:+no}
source scripts/stages.sh
exec </dev/null
build=build/package is_built=false
if [ "${1:-}" = --built ] && [ $# -eq 2 ]; then
    build=$2 is_built=true
fi

for program in mmdebstrap lintian dpkg-shlibdeps file readelf; do
    command -v "$program" >/dev/null || {
        echo "packages: there is no $program; apt-get install --no-install-recommends mmdebstrap lintian dpkg-dev file" >&2
        exit 1
    }
done
root=$(mktemp -d)
chmod 755 "$root" # apt reads it as a user of its own

finish() {
    rm -rf --one-file-system "$root"
    [ "$owns_table" = no ] || stages_print
}
trap finish EXIT

# In stages errexit does not count: each command says itself that it failed.
build_packages() {
    rm -f "$build"/*.deb &&
        cmake --preset package "$@" &&
        cmake --build --preset package &&
        cpack --preset package
}

check_errors() {
    lintian --allow-root --tag-display-limit 0 --fail-on error "$build"/*.deb
}

# No path of the tree in any file, and no directory for libraries in any program.
check_contents() {
    local unpacked=$root/unpacked deb file found
    for deb in "$build"/*.deb; do
        rm -rf "$unpacked"
        dpkg-deb -x "$deb" "$unpacked" && find "$unpacked" -name '*.gz' -type f -exec gunzip {} + || return 1
        found=0
        grep -rlF -e "$PWD" "$unpacked" || found=$?
        if [ "$found" -ne 1 ]; then # 2: not all could be read
            echo "packages: $deb: the files above name $PWD, or cannot be read" >&2
            return 1
        fi
        while IFS= read -r file; do
            [ "$(head -c 4 "$file" | tail -c 3)" = ELF ] || continue
            if readelf -d "$file" | grep -E 'RPATH|RUNPATH'; then
                echo "packages: $deb: ${file#"$unpacked"} has a path for libraries" >&2
                return 1
            fi
        done < <(find "$unpacked/usr/bin" "$unpacked/usr/lib" -type f 2>/dev/null)
        ls -l "$deb" || return 1
    done
    rm -rf "$unpacked"
}

make_root() {
    mkdir "$root/system" &&
        clean_root_make "$root/system" &&
        mkdir "$root/system/packages" &&
        cp "$build"/*.deb scripts/try_packages.sh "$root/system/packages/"
}

$is_built || stage "packages: build" build_packages "$@"
stage "packages: lintian" check_errors
stage "packages: contents" check_contents
stage "packages: bare system" make_root
stage "packages: use" clean_root_run "$root/system" /packages bash try_packages.sh
