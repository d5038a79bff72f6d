# shellcheck shell=bash
# Sourced by scripts that need a CUDA toolkit without CMake's help: where its parts are, in a toolkit's own directory, in
# Debian's, or in NVIDIA's Python wheels, which lay them out differently.

# Directories that may hold include/ and lib/, the best first; found once.
cuda_find_roots() {
    local nvcc
    cuda_roots=()
    [ -z "${CUDA_HOME:-}" ] || cuda_roots+=("$CUDA_HOME")
    if nvcc=$(command -v nvcc); then
        cuda_roots+=("$(dirname "$(dirname "$(readlink -f "$nvcc")")")")
    fi
    cuda_roots+=(/usr/local/cuda)
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
    command -v nvcc && return
    for root in "${cuda_roots[@]}"; do
        if [ -x "$root/bin/nvcc" ]; then
            echo "$root/bin/nvcc"
            return
        fi
    done
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
