#!/usr/bin/env bash
# Builds Matinee for arm64 and runs tests of it under QEMU, on a Debian 12 machine of another kind. It needs
# gcc-aarch64-linux-gnu and qemu-user; the libraries are Debian's for arm64, unpacked below build/ and not installed.
#     scripts/check_arm64.sh [PATTERN]    tests whose name matches the regular expression; else those of the CPU backend,
#                                         the golden files and evaluation
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly pattern=${1:-'^test_(cpu_|train_golden|train_evaluation)'}
readonly root=$PWD/build/arm64-root build=build/arm64 libraries=usr/lib/aarch64-linux-gnu

for program in aarch64-linux-gnu-gcc qemu-aarch64; do
    command -v "$program" >/dev/null || {
        echo "arm64: there is no $program; apt-get install --no-install-recommends gcc-aarch64-linux-gnu qemu-user" >&2
        exit 1
    }
done

# With lists and a state of its own apt resolves for an empty arm64 system and leaves this one alone.
make_root() {
    local work=$root.new packages deb
    rm -rf "$root" "$work"
    mkdir -p "$work/lists/partial" "$work/archives/partial"
    touch "$work/status"
    local options=(-q -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Debug::NoLocking=1
        -o Dir::State::Lists="$work/lists" -o Dir::State::Status="$work/status"
        -o Dir::Cache="$work" -o Dir::Cache::Archives="$work/archives")
    mapfile -t packages < <(grep -oE '\blib[a-z0-9-]+-dev\b' scripts/setup.sh | grep -vE 'libomp-dev|libopenmpi-dev')
    apt-get "${options[@]}" update
    apt-get "${options[@]}" install -y --no-install-recommends --download-only "${packages[@]}" libgomp1
    for deb in "$work"/archives/*.deb; do
        dpkg -x "$deb" "$work"
    done
    rm -r "$work/lists" "$work/archives" "$work/status"
    # What this package's script would have chosen.
    ln -s hdf5-serial.pc "$work/$libraries/pkgconfig/hdf5.pc"
    mv "$work" "$root"
}

[ -d "$root" ] || make_root
export PKG_CONFIG_SYSROOT_DIR=$root
export PKG_CONFIG_LIBDIR=$root/$libraries/pkgconfig
cmake --preset cpu -B "$build" -DMATINEE_MPI=OFF -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
    -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc -DCMAKE_SYSROOT="$root" \
    -DCMAKE_FIND_ROOT_PATH_MODE_PROGRAM=NEVER -DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY \
    -DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY -DCMAKE_FIND_ROOT_PATH_MODE_PACKAGE=ONLY \
    "-DCMAKE_CROSSCOMPILING_EMULATOR=qemu-aarch64;-L;$root"
cmake --build "$build"
qemu-aarch64 -L "$root" "$build/bin/matinee" doctor
ctest --test-dir "$build" --output-on-failure -R "$pattern"
