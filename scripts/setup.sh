#!/usr/bin/env bash
# Installs what Matinee needs on Debian 12; Ubuntu 24.04 has the same names. Silent when nothing is missing. Who is not
# root needs sudo.
#     scripts/setup.sh           to build and run the program
#     scripts/setup.sh --test    and to run the tests and the checks
#     scripts/setup.sh --cuda    and to build the CUDA plugin: where there is no CUDA toolkit, one from NVIDIA's wheels
#                                on PyPI (scripts/cuda_toolkit.sh)
set -euo pipefail

build_packages=(
    gcc g++ libc6-dev cmake ninja-build pkg-config
    libhdf5-dev libarchive-dev libcsv-dev zlib1g-dev libjansson-dev libxxhash-dev librandom123-dev
    libopenmpi-dev openmpi-bin # for the MPI plugin, which is left out without them
    curl ca-certificates # for scripts/fetch_imdb.sh
)
test_packages=(
    libcmocka-dev
    python3 # the localhost server that stands in for Stanford's
    git clang-format clang-tidy
    libomp-dev # omp.h for clang-tidy
    xz-utils   # for scripts/gpu_bundle.sh
    zsh mandoc python3-yaml # that completion, man pages and docker/ are looked at
)
pip_packages=(python3 python3-pip) # for scripts/cuda_toolkit.sh, and its test; any python3 with pip will do

packages=("${build_packages[@]}")
cuda=false
for option in "$@"; do
    case "$option" in
    --test) packages+=("${test_packages[@]}") ;;
    --cuda) cuda=true ;;
    *)
        echo "usage: scripts/setup.sh [--test] [--cuda]" >&2
        exit 2
        ;;
    esac
done
if $cuda && [ "$(id -u)" -eq 0 ] && [ -n "${SUDO_USER:-}" ]; then
    echo "setup: --cuda fetches into the cache of the user who builds: run it without sudo" >&2
    exit 1
fi
[ $# -eq 0 ] || python3 -m pip --version >/dev/null 2>&1 || packages+=("${pip_packages[@]}")

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "setup: this system has no apt-get or no dpkg-query; install what these Debian packages hold: ${packages[*]}" >&2
    exit 1
fi

installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null || true)
missing=()
for package in "${packages[@]}"; do
    grep -qx "installed $package" <<<"$installed" || missing+=("$package")
done

# Without being root by sudo, where somebody can give it a password or it needs none.
install_missing() {
    local as_root=(env) how=""
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null || ! { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
            echo "setup: packages are missing; as root run this, then start again:" >&2
            echo "    apt-get update && apt-get install --no-install-recommends ${missing[*]}" >&2
            exit 1
        fi
        as_root=(sudo env) how=" by sudo"
    fi
    as_root+=(DEBIAN_FRONTEND=noninteractive)
    echo "setup: installing ${missing[*]}$how"
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    if ! { "${as_root[@]}" apt-get update &&
        "${as_root[@]}" apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}"; } \
        >"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        echo "setup: apt-get failed; its output is above" >&2
        exit 1
    fi
}
[ ${#missing[@]} -eq 0 ] || install_missing
! $cuda || "${BASH_SOURCE[0]%"${BASH_SOURCE[0]##*/}"}./cuda_toolkit.sh"
