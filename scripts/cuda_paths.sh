# shellcheck shell=bash
# Sourced by scripts that need a CUDA toolkit without CMake's help: where its parts are, in a toolkit's own directory, in
# Debian's, or in NVIDIA's Python wheels, which lay them out differently. cmake/CudaToolkit.cmake has the same order.

# cuda_cache: prints the directory where scripts/cuda_toolkit.sh puts a toolkit, or nothing where there is no home.
cuda_cache() {
    local cache=${XDG_CACHE_HOME:-}
    [[ $cache == /* ]] || cache=${HOME:+$HOME/.cache} # XDG's rule: a relative path does not count
    [ -z "$cache" ] || echo "$cache/matinee/cuda"
}

# Directories that a user names or a system has, the best first.
cuda_system_roots() {
    local nvcc
    cuda_roots=()
    if [ -n "${CUDACXX:-}" ] && nvcc=$(command -v "$CUDACXX"); then
        cuda_roots+=("$(dirname "$(dirname "$(readlink -f "$nvcc")")")")
    fi
    [ -z "${CUDA_HOME:-}" ] || cuda_roots+=("$CUDA_HOME")
    if nvcc=$(command -v nvcc); then
        cuda_roots+=("$(dirname "$(dirname "$(readlink -f "$nvcc")")")")
    fi
    [ -z "${CUDA_PATH:-}" ] || cuda_roots+=("$CUDA_PATH")
    cuda_roots+=(/usr/local/cuda)
}

# Directories that may hold include/ and lib/, the best first; found once.
cuda_find_roots() {
    local cache
    cuda_system_roots
    cache=$(cuda_cache)
    [ -z "$cache" ] || cuda_roots+=("$cache/toolkit")
    while IFS= read -r root; do
        cuda_roots+=("$root")
    done < <(python3 -c 'import glob, nvidia
for path in nvidia.__path__:
    print(*sorted(glob.glob(path + "/*"), reverse=True), sep="\n")' 2>/dev/null)
    cuda_roots+=(/usr)
}

# cuda_nvcc: prints the compiler.
cuda_nvcc() {
    local root
    for root in "${cuda_roots[@]}"; do
        if [ -x "$root/bin/nvcc" ]; then
            echo "$root/bin/nvcc"
            return
        fi
    done
    command -v nvcc && return
    echo "no nvcc in PATH nor in ${cuda_roots[*]}; install a CUDA toolkit or set CUDA_HOME" >&2
    return 1
}

# cuda_part HEADER LIBRARY: sets part_include and part_library to the directory and the file, both of one root.
cuda_part() {
    local root
    for root in "${cuda_roots[@]}"; do
        for part_include in "$root"/{include,targets/x86_64-linux/include,include/x86_64-linux-gnu}; do
            [ -f "$part_include/$1" ] || continue
            for part_library in "$root"/{lib64,lib,targets/x86_64-linux/lib,lib/x86_64-linux-gnu}/lib"$2".so{,.*}; do
                [ ! -f "$part_library" ] || return 0
            done
        done
    done
    echo "no $1 with lib$2.so in any of ${cuda_roots[*]}; install it or set CUDA_HOME" >&2
    return 1
}

# cuda_elsewhere: prints the compiler of a toolkit that is whole and is not the one that we fetch: of CUDA 12 or later,
# with cuBLAS and cuDNN 9. The status says whether there is one.
cuda_elsewhere() {
    local cuda_roots part_include part_library nvcc release cudnn
    cuda_system_roots
    cuda_roots+=(/usr)
    nvcc=$(cuda_nvcc) && [ "$nvcc" != "$(cuda_cache)/toolkit/bin/nvcc" ] || return 1
    cuda_roots=("$(dirname "$(dirname "$(readlink -f "$nvcc")")")" /usr) # CMake looks nowhere else
    release=$("$nvcc" --version | sed -n 's/.*release \([0-9]*\)\..*/\1/p')
    [ "${release:-0}" -ge 12 ] && cuda_part cublas_v2.h cublas && cuda_part cudnn_version.h cudnn || return 1
    cudnn=$(sed -n 's/^#define CUDNN_MAJOR //p' "$part_include/cudnn_version.h")
    [ "${cudnn:-0}" -ge 9 ] && echo "$nvcc"
} 2>/dev/null
