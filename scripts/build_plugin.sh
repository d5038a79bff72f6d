#!/usr/bin/env bash
# Builds the CUDA plugin where there is a compiler and a toolkit, but perhaps no CMake, no ninja and no other library:
#     scripts/build_plugin.sh [--arch 90] OUT_DIRECTORY
# writes OUT_DIRECTORY/matinee_cuda.so and prints what each kernel takes of a multiprocessor. Without --arch it builds for
# the GPU of this machine. Everywhere else the plugin is built by CMake (src/cuda/CMakeLists.txt), with the same flags.
set -euo pipefail
export LC_ALL=C
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/cuda_paths.sh
source "$source/scripts/cuda_paths.sh"

arch=""
if [ "${1:-}" = --arch ] && [ -n "${2:-}" ]; then
    arch=$2
    shift 2
fi
if [ $# -ne 1 ]; then
    echo "usage: scripts/build_plugin.sh [--arch 90] OUT_DIRECTORY" >&2
    exit 2
fi
mkdir -p "$1"
out=$(cd "$1" && pwd)
if [ -z "$arch" ]; then
    arch=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | head -n 1 | tr -d '. ' || true)
    : "${arch:=90}"
fi

cuda_find_roots
nvcc=$(cuda_nvcc)
includes=(-I"$source/include" -I"$source/kernels" -I"$source/src/cuda")
[ ! -d "$source/third_party" ] || includes+=(-isystem "$source/third_party")
libraries=()
for part in "cuda_runtime_api.h cudart" "cublas_v2.h cublas" "cudnn.h cudnn"; do
    # shellcheck disable=SC2086
    cuda_part $part
    includes+=(-isystem "$part_include")
    libraries+=("$part_library" "-Wl,-rpath,$(dirname "$part_library")")
    echo "$part: $part_include, $part_library"
done

# NCCL, which several GPUs need, is opened when it is, and is no condition.
left_out=nccl_none.c
if cuda_part nccl.h nccl 2>/dev/null; then
    includes+=(-isystem "$part_include")
    libraries+=("-Wl,-rpath,$(dirname "$part_library")")
    echo "nccl.h nccl: $part_include, $part_library"
else
    left_out='nccl_library.c nccl_ranks.c sum_ranks.c'
    echo "nccl.h nccl: not found: for one GPU"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export nvcc arch work left_out
export includes_text="${includes[*]}"

compile_c() {
    # shellcheck disable=SC2086
    cc -std=c11 -O2 -fPIC -fvisibility=hidden -ffp-contract=off -fno-math-errno -D_POSIX_C_SOURCE=200809L \
        -D_FILE_OFFSET_BITS=64 $includes_text -c "$1" -o "$2"
}

compile() {
    local file=$1 object
    object=$work/$(tr / _ <<<"$file").o # two folders may have a file of one name
    # shellcheck disable=SC2086
    case "$file" in
    *.cu) "$nvcc" -O3 -std=c++17 -gencode "arch=compute_$arch,code=sm_$arch" -lineinfo -Xptxas -v \
        -Xcompiler=-fPIC,-fvisibility=hidden $includes_text -c "$file" -o "$object" ;;
    */src/cuda/*.c) [[ " $left_out " == *" ${file##*/} "* ]] || compile_c "$file" "$object" ;;
    *.c) compile_c "$file" "$object" ;;
    esac
}
export -f compile compile_c
printf '%s\0' "$source"/kernels/*.cu "$source"/src/cuda/*.c "$source"/src/base/*.c |
    xargs -0 -n 1 -P "$(nproc)" bash -c 'compile "$1"' _ 2>&1
c++ -shared -o "$out/matinee_cuda.so" "$work"/*.o "${libraries[@]}" -Wl,-rpath,'$ORIGIN' -Wl,-z,now -Wl,--no-undefined
echo "built $out/matinee_cuda.so for sm_$arch"
