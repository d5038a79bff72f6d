#!/usr/bin/env bash
# cuda_toolkit.sh with tiny wheels in a directory in place of PyPI's, and what CMake then takes:
# test_cuda_toolkit.sh SCRIPTS CMAKE.
set -euo pipefail
export LC_ALL=C
scripts=$1
cmake=$2
python3 -m pip --version >/dev/null 2>&1 || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{scripts,index,away,none/bin,home}
export HOME=$work/home XDG_CACHE_HOME=$work/cache
export PIP_CONFIG_FILE=/dev/null PIP_NO_INDEX=1 PIP_FIND_LINKS=$work/index PIP_DEFAULT_TIMEOUT=5
unset CUDA_HOME CUDACXX CUDA_PATH CUDAToolkit_ROOT PIP_INDEX_URL PIP_EXTRA_INDEX_URL CUDNN_ROOT \
    http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
toolkit=$XDG_CACHE_HOME/matinee/cuda/toolkit part=$XDG_CACHE_HOME/matinee/cuda/part

# This machine's own toolkit is out of sight: the compiler in PATH does not work.
printf '#!/bin/sh\nexit 1\n' >"$work/none/bin/nvcc"
chmod +x "$work/none/bin/nvcc"
export PATH=$work/none/bin:$PATH
sed "s|/usr/local/cuda|$work/local|; s|(/usr)|($work/usr)|; s|+=(/usr|+=($work/usr|" "$scripts/cuda_paths.sh" \
    >"$work/scripts/cuda_paths.sh"
cp "$scripts/cuda_toolkit.sh" "$work/scripts/"

# wheel NAME VERSION PATH...: a wheel of these files; those in bin/ can be executed and say that they are CUDA 13.0.
wheel() {
    python3 - "$work/index" "$@" <<'PYTHON'
import hashlib, os, sys, zipfile
directory, name, version, *paths = sys.argv[1:]
info = f"{name}-{version}.dist-info"
texts = {path: '#!/bin/sh\necho "release 13.0, V13.0.1"\n' if "/bin/" in path else name for path in paths}
texts["nvidia/__init__.py"] = ""
texts[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
texts[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
texts[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*texts, f"{info}/RECORD"])
file = os.path.join(directory, f"{name}-{version}-py3-none-any.whl")
with zipfile.ZipFile(file, "w") as archive:
    for path, text in texts.items():
        entry = zipfile.ZipInfo(path)
        entry.external_attr = (0o100744 if "/bin/" in path else 0o100644) << 16
        archive.writestr(entry, text)
with open(file, "rb") as written:
    digest = hashlib.sha256(written.read()).hexdigest()
print(f"{name.replace('_', '-')}=={version} \\\n    --hash=sha256:{'0' * 64} \\\n    --hash=sha256:{digest}")
PYTHON
}

fail() {
    printf '%s (status %s):\n' "$1" "$status"
    cat "$work/output"
    find "$XDG_CACHE_HOME" | sort | head -n 60
    exit 1
}

fetch() {
    status=0
    "$work/scripts/cuda_toolkit.sh" >"$work/output" 2>&1 || status=$?
}

# refuses TEXT: one line of complaint with this text, status 1, and no toolkit.
refuses() {
    [ "$status" -eq 1 ] && [ "$(grep -c '^cuda: ' "$work/output")" -eq "$(wc -l <"$work/output")" ] &&
        tail -n 1 "$work/output" | grep -q -- "$1" && [ ! -e "$toolkit" ] || fail "no refusal: $1"
}

pins=$work/scripts/cuda_requirements.txt
wheel nvidia_a_runtime 1.0 nvidia/cu13/{include/{cuda_runtime,cublas_v2}.h,lib/lib{cudart,cublas}.so.13} >"$pins"
wheel nvidia_nvcc 1.0 nvidia/cu13/{bin/nvcc,nvvm/bin/cicc,lib/libnvrtc.so.13,lib/libnvrtc.alt.so.13} >>"$pins"
wheel nvidia_z_cudnn 1.0 nvidia/cudnn/{include/cudnn.h,lib/libcudnn.so.9,lib/libcudnn_adv.so.9} >>"$pins"

# What keeps it from beginning.
printf '#!/bin/sh\nexit 1\n' >"$work/none/bin/python3"
chmod +x "$work/none/bin/python3"
fetch
refuses 'no python3 with pip; install python3 and python3-pip'
rm "$work/none/bin/python3"
printf '#!/bin/sh\necho Avail\necho 100\n' >"$work/none/bin/df"
chmod +x "$work/none/bin/df"
fetch
refuses 'MiB that are needed, 10[0-9] are there; free some or set XDG_CACHE_HOME'
rm "$work/none/bin/df"
PIP_NO_INDEX=0 PIP_FIND_LINKS='' PIP_INDEX_URL=http://127.0.0.1:9/ fetch
refuses 'cannot get nvidia-a-runtime==1.0: no connection to the package index'

# A wheel that is another than the one that was looked at.
cp "$pins" "$work/pins"
sed -i "3s/sha256:..../sha256:ffff/" "$pins"
fetch
refuses 'cannot get nvidia-a-runtime==1.0: what came has not the SHA-256'
cp "$work/pins" "$pins"

# Ended in the middle of the second wheel, and then without the third; the next run needs the first no more.
cat >"$work/none/bin/python3" <<STUB
#!/bin/sh
case "\$*" in
*--target*)
    if [ -d "$part/wheels/nvidia-a-runtime==1.0" ]; then
        mkdir -p "$part/new/nvidia/cu13/bin" && echo half >"$part/new/nvidia/cu13/bin/half"
        kill -9 \$PPID
        exit 1
    fi ;;
esac
PATH=\${PATH#*:} exec python3 "\$@"
STUB
chmod +x "$work/none/bin/python3"
fetch
[ "$status" -eq 137 ] && [ ! -e "$toolkit" ] && [ -e "$part/new/nvidia/cu13/bin/half" ] || fail "no interruption"
rm "$work/none/bin/python3"
mv "$work"/index/nvidia_{a_runtime,z_cudnn}-* "$work/away/"
fetch
refuses 'cannot get nvidia-z-cudnn==1.0: .*No matching distribution'
mv "$work"/away/nvidia_z_cudnn-* "$work/index/"
fetch
[ "$status" -eq 0 ] && [ ! -e "$part" ] && [ ! -e "$toolkit/bin/half" ] || fail "does not go on"
for path in bin/nvcc nvvm/bin/cicc; do
    [ -x "$toolkit/$path" ] || fail "$path cannot be executed"
done
for path in include/{cuda_runtime,cudnn}.h lib64/lib{cudart,cublas,nvrtc,cudnn,cudnn_adv}.so \
    dist-info/nvidia_nvcc-1.0.dist-info; do
    [ -e "$toolkit/$path" ] || fail "no $path"
done
[ "$(readlink "$toolkit/lib64/libcudnn_adv.so")" = libcudnn_adv.so.9 ] || fail "links"
[ -z "$(find "$toolkit" -name '*.alt.*' -o -name '*.py')" ] || fail "what is left out"

# Once more, with nothing to be had.
mv "$work"/index/* "$work/away/"
fetch
[ "$status" -eq 0 ] && [ ! -s "$work/output" ] || fail "the second run is not silent"

# What a run left that was ended while it cleared away is in nobody's way.
mkdir -p "$part/old/bin"
fetch
[ "$status" -eq 0 ] && [ ! -e "$part" ] || fail "what an ended run left stays"
mkdir -p "$part/old/bin"

# Other pins replace it.
wheel nvidia_nvcc 2.0 nvidia/cu13/{bin/nvcc,bin/newer,lib/libnvrtc.so.13} >"$pins"
fetch
[ "$status" -eq 0 ] && [ -x "$toolkit/bin/newer" ] && [ ! -e "$toolkit/include" ] && [ ! -e "$part" ] || fail "renewal"
rm -r "$toolkit"
mv "$work"/away/* "$work/index/"
cp "$work/pins" "$pins"
fetch
[ "$status" -eq 0 ] || fail "from whole wheels"

# A toolkit that is there already is used, if it is whole.
other=$work/other
cp -r "$toolkit" "$other"
rm "$other/requirements.txt"
printf '#define CUDNN_MAJOR 9\n#define CUDNN_MINOR 1\n#define CUDNN_PATCHLEVEL 0\n' >"$other/include/cudnn_version.h"
cp "$other/include/cudnn_version.h" "$toolkit/include/"
CUDA_HOME=$other fetch
[ "$status" -eq 0 ] && grep -q "nothing is fetched: the toolkit of $other/bin/nvcc is used" "$work/output" ||
    fail "a whole one"
rm "$toolkit/requirements.txt"
CUDA_HOME=$toolkit fetch
grep -q 'is in ' "$work/output" || fail "its own is none of the system's"
cp "$other/include/cudnn_version.h" "$toolkit/include/"

# What CMake takes.
mkdir "$work/cmake"
cp "${scripts%/*}/cmake/FindCUDNN.cmake" "$work/cmake/"
sed "s|/usr/local/cuda|$work/local|" "${scripts%/*}/cmake/CudaToolkit.cmake" >"$work/cmake/CudaToolkit.cmake"
cat >"$work/CMakeLists.txt" <<'PROJECT'
cmake_minimum_required(VERSION 3.25)
project(probe NONE)
list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_SOURCE_DIR}/cmake)
include(CudaToolkit)
set(CUDAToolkit_INCLUDE_DIRS ${CUDAToolkit_ROOT}/include)
find_package(CUDNN 9 QUIET)
message(STATUS "takes ${CUDAToolkit_ROOT}, ${CUDNN_INCLUDE_DIR}")
PROJECT
configure() {
    status=0
    "$cmake" -S "$work" -B "$work/build" -G Ninja -DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF "$@" >"$work/output" 2>&1 ||
        status=$?
}

# takes EXPECTED ARGUMENT...: the toolkit that CMake takes, and where it finds cuDNN; in a build directory that may be
# an old one.
takes() {
    local expected=$1
    shift
    configure "$@"
    [ "$status" -eq 0 ] && grep -qx -- "-- takes $expected" "$work/output" || fail "CMake does not take $expected"
}

takes "$toolkit, $toolkit/include"
CUDA_HOME=$other takes "$other, $other/include" --fresh
CUDACXX=$other/bin/nvcc takes "$other, $other/include" --fresh
mkdir "$work/links"
ln -s "$other/bin/nvcc" "$work/links/nvcc"
CUDACXX=$work/links/nvcc takes "$other, $other/include" --fresh
takes "$other, $other/include" --fresh -DCMAKE_CUDA_COMPILER="$other/bin/nvcc"
mv "$toolkit" "$work/away/"
takes "$work/none, CUDNN_INCLUDE_DIR-NOTFOUND" --fresh
mv "$work/away/toolkit" "$toolkit"
takes "$toolkit, $toolkit/include"
sed -i 's/MAJOR 9/MAJOR 8/' "$other/include/cudnn_version.h"
CUDA_HOME=$other takes "$toolkit, $toolkit/include" --fresh
CUDA_HOME=$other takes "$other, $other/include" --fresh -DCUDAToolkit_ROOT="$other"
configure --fresh -DMATINEE_CUDA_TOOLKIT="$work/gone"
[ "$status" -ne 0 ] && grep -q 'of this build, is gone' "$work/output" || fail "a toolkit that is gone"
