#!/usr/bin/env bash
# Fetches a CUDA toolkit where there is none: NVIDIA's wheels from PyPI, with the versions and the SHA-256 sums that
# scripts/cuda_requirements.txt has, laid out as one directory, matinee/cuda/toolkit in $XDG_CACHE_HOME or ~/.cache.
#     scripts/cuda_toolkit.sh
# scripts/setup.sh --cuda calls it. It needs python3 with pip, and no root. Where another toolkit can be used it says so
# and fetches nothing. The toolkit comes into being at once, when all is there; a run that was interrupted leaves what
# the next one goes on with. Silent when its own toolkit is there.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/cuda_paths.sh
source "$here/cuda_paths.sh"
readonly requirements=$here/cuda_requirements.txt
readonly needed_mib=2000 # all that is unpacked, and the last wheel as it comes

fail() {
    echo "cuda: $1" >&2
    exit 1
}

if [ $# -ne 0 ]; then
    echo "usage: scripts/cuda_toolkit.sh" >&2
    exit 2
fi
cache=$(cuda_cache)
[ -n "$cache" ] || fail "neither HOME nor an absolute XDG_CACHE_HOME is set; set one of them"
readonly toolkit=$cache/toolkit part=$cache/part

if nvcc=$(cuda_elsewhere); then
    echo "cuda: nothing is fetched: the toolkit of $nvcc is used"
    exit 0
fi
is_whole() {
    cmp -s "$requirements" "$toolkit/requirements.txt"
}
if is_whole && [ ! -e "$part" ]; then
    exit 0
fi

mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ] ||
    fail "$cache: cannot write here; make it writable or set XDG_CACHE_HOME"
exec 9>"$cache/lock"
flock -n 9 || fail "$cache: another run is fetching into it; wait for it"
if is_whole; then # by a run that has ended meanwhile, or before it had cleared away
    rm -rf "$part"
    exit 0
fi
python3 -m pip --version >/dev/null 2>&1 || fail "there is no python3 with pip; install python3 and python3-pip"
rm -rf "$part/old"
mkdir -p "$part/wheels"
free_mib=$(df --output=avail -B1M "$cache" | tail -n 1)
have_mib=$(du -sm "$part" | cut -f 1)
room_mib=$((free_mib + have_mib))
[ $room_mib -ge $needed_mib ] ||
    fail "$cache: of $needed_mib MiB that are needed, $room_mib are there; free some or set XDG_CACHE_HOME"

# Why pip failed, and what to do.
reason() {
    local again="run this again, it goes on from here"
    if grep -q 'DO NOT MATCH THE HASHES' "$part/log"; then
        echo "what came has not the SHA-256 of $requirements; it is thrown away; try another index (PIP_INDEX_URL)"
    elif grep -q 'No space left' "$part/log"; then
        echo "the disk is full; free $needed_mib MiB in $cache or set XDG_CACHE_HOME, then $again"
    elif grep -Eq 'Retrying|ConnectionError|ReadTimeout' "$part/log"; then
        echo "no connection to the package index; when there is a network $again"
    else
        grep -E '^ERROR|Error' "$part/log" | tail -n 1 | grep . || tail -n 1 "$part/log"
    fi
}

# fetch PIN: the wheel of a line "NAME==VERSION --hash=...", checked and unpacked, as part/wheels/NAME==VERSION.
fetch() {
    local name=${1%% *}
    [ ! -d "$part/wheels/$name" ] || return 0
    echo "cuda: fetching $name"
    rm -rf "$part/new" "$part/tmp"
    mkdir "$part/tmp"
    # pip's own files stay beside the toolkit, where they are cleared away, and its cache would keep everything twice.
    TMPDIR=$part/tmp PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 python3 -m pip install --quiet --disable-pip-version-check \
        --no-cache-dir --no-deps --no-compile --only-binary=:all: --require-hashes --retries 2 --target "$part/new" \
        --requirement <(echo "$1") >"$part/log" 2>&1 </dev/null || fail "cannot get $name: $(reason)"
    mv "$part/new" "$part/wheels/$name"
}

# The wheels' files as one toolkit, part/root: nvcc wants lib64, and a linker names without a version. What is left out
# has no use here: a second nvrtc, cuBLAS in place of a BLAS, NVVM as a library.
assemble() {
    local root=$part/root pin library
    rm -rf "$root"
    mkdir -p "$root/dist-info"
    for pin in "${pins[@]}"; do
        cp -al "$part/wheels/${pin%% *}"/nvidia/*/. "$root/"
        cp -al "$part/wheels/${pin%% *}"/*.dist-info "$root/dist-info/"
    done
    find "$root" -name __init__.py -delete
    rm -rf "$root"/.metadata "$root"/lib/{*.alt.so.*,libnvblas.so.*,libnvvm.so.*}
    for library in "$root"/lib/*.so.*; do
        ln -s "${library##*/}" "${library%%.so.*}.so"
    done
    ln -s lib "$root/lib64"
    "$root/bin/nvcc" --version >/dev/null 2>&1 || fail "the compiler that came does not run here: $root/bin/nvcc"
    cp "$requirements" "$root/requirements.txt"
}

mapfile -t pins < <(sed -e ':join' -e '/\\$/{' -e 'N' -e 's/ *\\\n */ /' -e 'b join' -e '}' "$requirements")
echo "cuda: fetching a toolkit into $toolkit"
for pin in "${pins[@]}"; do
    fetch "$pin"
done
assemble
[ ! -e "$toolkit" ] || mv -T "$toolkit" "$part/old"
mv -T "$part/root" "$toolkit"
rm -rf "$part"
echo "cuda: $("$toolkit/bin/nvcc" --version | sed -n 's/.*release \([0-9.]*\).*/CUDA \1/p') is in $toolkit"
