#!/usr/bin/env bash
# Packs what scripts/gpu_check.sh needs on a machine with an NVIDIA driver, CUDA's libraries (a toolkit, or cuDNN and
# cuBLAS as Python wheels; NCCL is tested where it is), nvcc and a C++ compiler, but with no network, no packages and
# perhaps another glibc:
#     scripts/gpu_bundle.sh [--data FILE] [OUT.tar.xz]     (matinee-gpu.tar.xz)
# The programs and tests come as built here, with every library that they need but the C and C++ ones beside them; the
# CUDA plugin, the only part that touches the GPU, as sources that are built there for its GPU. --data adds the reviews
# (aclImdb as .tar.xz). At most 50 MB. There:
#     tar xf OUT.tar.xz && matinee-gpu/scripts/gpu_check.sh full --out RESULTS
set -euo pipefail
export LC_ALL=C
caller=$PWD
max_bytes=50000000

usage() {
    echo "usage: scripts/gpu_bundle.sh [--data FILE] [OUT.tar.xz]" >&2
    exit 2
}

data="" out=""
while [ $# -gt 0 ]; do
    case "$1" in
    --data)
        [ -f "${2:-}" ] || usage
        data=$(realpath "$2")
        shift
        ;;
    -*) usage ;;
    *)
        [ -z "$out" ] || usage
        out=$1
        ;;
    esac
    shift
done
out=$(realpath -m "${out:-$caller/matinee-gpu.tar.xz}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=$PWD/build/bundle
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bundle=$work/matinee-gpu

# DT_RPATH, unlike DT_RUNPATH, also serves the libraries that a library needs.
cmake --preset cuda -B "$build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_BUILD_WITH_INSTALL_RPATH=ON \
    -DCMAKE_INSTALL_RPATH='$ORIGIN/../lib/bundled' -DCMAKE_EXE_LINKER_FLAGS=-Wl,--disable-new-dtags >/dev/null
cmake --build "$build" --target gpu_programs

mkdir -p "$bundle"/{bin,lib/matinee,lib/rehearsal,lib/bundled,src,bench/peers,third_party,data}
cp "$build"/bin/{matinee,bench_step,bench_gpu,test_device_*} "$bundle/bin/"
cp "$build/lib/matinee/matinee_cuda.so" "$bundle/lib/matinee/"
cp -P "$build"/lib/rehearsal/{matinee_cuda.so,*.so.[0-9]} "$bundle/lib/rehearsal/"
strip "$bundle"/bin/* "$bundle"/lib/*/*.so*
# As the programs were built: from the files that are here, committed or not.
git ls-files -z --cached --others --exclude-standard include kernels scripts/build_plugin.sh scripts/cuda_paths.sh \
    scripts/gpu_check.sh scripts/gpu_stages.sh scripts/gpu_table.sh src/cuda src/base bench/peers LICENSE |
    tar -c --null -T - | tar -x -C "$bundle"
random123=$(sed -n 's/^RANDOM123_INCLUDE_DIR:[^=]*=//p' "$build/CMakeCache.txt")
cp -r "$random123/Random123" "$bundle/third_party/"
[ -z "$data" ] || cp "$data" "$bundle/data/"
git describe --always --dirty --abbrev=12 >"$bundle/COMMIT"

# Libraries that every system with a C++ compiler has, in a version at least ours.
is_of_the_system() {
    case "$1" in
    libc.so.* | libm.so.* | libdl.so.* | libpthread.so.* | librt.so.* | libresolv.so.* | ld-linux* | linux-vdso* | \
        libgcc_s.so.* | libstdc++.so.*) return 0 ;;
    esac
    return 1
}

# What the programs load here, by the name that they ask for.
while read -r name path; do
    is_of_the_system "$name" || cp -L "$path" "$bundle/lib/bundled/$name"
done < <(LD_LIBRARY_PATH='' ldd "$bundle"/bin/* | awk '$2 == "=>" && $3 ~ /^\// { print $1, $3 }' | sort -u)

# From here on nothing may come from elsewhere.
foreign=$(ldd "$bundle"/bin/* | awk '$2 == "=>"' | sort -u | while read -r name _ path _; do
    is_of_the_system "$name" || [[ "$path" == "$bundle"/* ]] || echo "$name => $path"
done)
if [ -n "$foreign" ]; then
    printf 'gpu_bundle: the programs would still load\n%s\n' "$foreign" >&2
    exit 1
fi

tar -C "$work" -c --owner=0 --group=0 --sort=name matinee-gpu | xz -6 -T0 >"$out"
bytes=$(stat -c %s "$out")
if [ "$bytes" -gt "$max_bytes" ]; then
    echo "gpu_bundle: $out has $bytes bytes, more than $max_bytes; leave --data out" >&2
    exit 1
fi
echo "$out: $bytes bytes, commit $(cat "$bundle/COMMIT"), $(find "$bundle/lib/bundled" -type f | wc -l) libraries"
