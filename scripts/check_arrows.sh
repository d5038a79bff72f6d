#!/usr/bin/env bash
# The arrows between folders hold: a linker alone does not object to a new one.
#     scripts/check_arrows.sh [BUILD_DIR [SOURCE_DIR]]     (build/default and the repository)
# 1. A library uses only symbols of the libraries that `allowed` names for it.
# 2. A file includes only its own folder's headers and those of include/; src/cuda also those of kernels/.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${1:-$root/build/default}
source=${2:-$root}

# Part -> the parts that it may use. `main` is the program's own object, `lib` libmatinee.so's; `cuda` and `mpi` are
# the plugins.
declare -A allowed=(
    [base]=""
    [dist]="base"
    [mpi]="base"
    [data]="base"
    [keras]="base"
    [model]="base"
    [cpu]="base"
    [cuda]="base"
    [cuda_host]="base cuda"
    [train]="base model data keras"
    [backend]="base cpu"
    [report]="base"
    [manual]="cli model"
    [campaign]="base report"
    [session]="base train model data keras backend"
    [cli]="base session train model data keras backend report campaign dist"
    [main]="base cli dist"
    [lib]="base session"
)

violations=$(mktemp)
trap 'rm -f "$violations"' EXIT

# Prints "PART FILE" for all that the build has made of src/.
parts() {
    find "$build/src" -name 'libmatinee_*.a' | sed -E 's|.*/libmatinee_([^/]*)\.a$|\1 &|'
    find "$build/kernels" -path '*/matinee_device_kernels.dir/*.o' 2>/dev/null | sed 's|^|cuda |'
    find "$build/src" -path '*/matinee_mpi.dir/*.o' | sed 's|^|mpi |'
    find "$build/src" -path '*/matinee.dir/*.o' | sed 's|^|main |'
    find "$build/src" -path '*/matinee_shared.dir/*.o' | sed 's|^|lib |'
}

check_symbols() {
    local part file
    while read -r part file; do
        if [ -z "${allowed[$part]+known}" ]; then
            echo "$part: a library that $(basename "$0") has no arrows for; give it a line in its list allowed" >>"$violations"
            continue
        fi
        nm -P "$file" | awk -v part="$part" 'NF >= 2 && $2 ~ /^[A-Z]$/ { print ($2 == "U" ? "uses" : "has"), part, $1 }'
    done < <(parts) | sort -u |
        awk '
            NR == FNR {
                for (i = 1; i <= NF; i++) # from 1: a part may use itself
                    may[$1, $i] = 1
                next
            }
            $1 == "has" { owner[$3] = $2 }
            $1 == "uses" && ($3 in owner) && !(($2, owner[$3]) in may) { print $2 " -> " $3 " -> " owner[$3] }
        ' <(for part in "${!allowed[@]}"; do echo "$part ${allowed[$part]}"; done) - >>"$violations"
}

check_includes() {
    local file folder header
    while IFS=: read -r file header; do
        folder=$(dirname "$file")
        case "$folder/" in
        include/*) [ -f "$source/include/$header" ] && continue ;;
        kernels/) # the emulator's header stands in for CUDA's
            [ -f "$source/include/$header" ] || [[ "$header" != */* && -f "$source/kernels/$header" ]] ||
                [ "$file $header" = "kernels/device.cuh cuda_emulator.h" ] && continue ;;
        src/cuda/) [ -f "$source/include/$header" ] || [[ "$header" != */* && -f "$source/$folder/$header" ]] ||
            [[ "$header" != */* && -f "$source/kernels/$header" ]] && continue ;;
        *) [ -f "$source/include/$header" ] || [[ "$header" != */* && -f "$source/$folder/$header" ]] && continue ;;
        esac
        echo "$file includes \"$header\", which is neither in include/ nor in its own folder" >>"$violations"
    done < <(cd "$source" && find src include kernels -name '*.[ch]' -o -name '*.cu' -o -name '*.cuh' |
        xargs grep -HEo '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"]+"' | sed -E 's/^([^:]*):[^"]*"([^"]*)"/\1:\2/')
}

if [ -z "$(parts)" ]; then
    echo "$build: no libraries there; build first: cmake --workflow --preset default" >&2
    exit 1
fi
check_symbols
check_includes
if [ -s "$violations" ]; then
    echo "arrows that architecture forbids (user -> symbol -> owner):" >&2
    cat "$violations" >&2
    exit 1
fi
echo "arrows: $(parts | wc -l) parts checked, all as allowed"
