#!/usr/bin/env bash
# Builds the container images without a container engine, and shows that they serve: each is built from its Dockerfile
# by buildah, upon a bare system of this machine's release in place of the images that the Dockerfile names.
#     scripts/check_images.sh [--cache DIR] [cpu] [gpu]    both images if none is named
# --cache DIR  where the bare system is kept for the next time (build/images)
# The GPU's plugin is built for compute capability 9.0, with the CUDA toolkit of this machine (CUDA_HOME or
# /usr/local/cuda), which is only mounted; the image is then tried without and with the toolkit's libraries.
# Needs root, buildah and mmdebstrap, and a mirror of Debian; takes 4 GB in /tmp.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/clean_root.sh
source scripts/clean_root.sh
exec </dev/null
export LC_ALL=C
readonly base=localhost/matinee-base version=0.1.0-check own_megabytes_max=130
readonly toolkit=${CUDA_HOME:-/usr/local/cuda}

usage() {
    echo "usage: scripts/check_images.sh [--cache DIR] [cpu] [gpu]" >&2
    exit 2
}

cache=build/images
images=()
while [ $# -gt 0 ]; do
    case "$1" in
    cpu | gpu) images+=("$1") ;;
    --cache)
        [ -n "${2:-}" ] || usage
        cache=$2
        shift
        ;;
    *) usage ;;
    esac
    shift
done
[ ${#images[@]} -gt 0 ] || images=(cpu gpu)

for program in buildah mmdebstrap python3; do
    command -v "$program" >/dev/null || {
        echo "images: there is no $program; apt-get install --no-install-recommends buildah mmdebstrap python3" >&2
        exit 1
    }
done
if [[ " ${images[*]} " == *" gpu "* ]] && [ ! -x "$toolkit/bin/nvcc" ]; then
    echo "images: there is no CUDA toolkit in $toolkit; set CUDA_HOME, or check the other image with 'cpu'" >&2
    exit 1
fi

part=begin
work=$(mktemp -d)
chmod 755 "$work" # the images' user looks into it
# Images and containers of this check's own; buildah would keep large files in /var/tmp.
export TMPDIR=$work STORAGE_DRIVER=${STORAGE_DRIVER:-overlay}
buildah() {
    command buildah --root "$work/storage" --runroot "$work/running" "$@"
}

finish() {
    local status=$?
    [ "$status" -eq 0 ] || echo "images: failed in \"$part\"" >&2
    buildah umount --all >/dev/null 2>&1 || true
    rm -rf --one-file-system "$work"
}
trap finish EXIT

fail() {
    echo "images: $1" >&2
    exit 1
}

# part NAME COMMAND...: one part of the check, and its seconds. errexit counts in it.
part() {
    local began=$SECONDS
    part=$1
    shift
    printf '\n== %s\n' "$part"
    "$@"
    printf '== %s: %d s\n' "$part" "$((SECONDS - began))"
}

make_base() {
    local tarball=$cache/base.tar container
    if [ ! -f "$tarball" ]; then
        mkdir -p "$cache" "$work/system"
        clean_root_make "$work/system"
        tar --one-file-system -C "$work/system" -cf "$tarball.new" .
        mv "$tarball.new" "$tarball"
        rm -rf --one-file-system "$work/system"
    fi
    container=$(buildah from scratch)
    buildah add -q "$container" "$tarball" /
    buildah commit -q "$container" "$base"
    buildah rm "$container" >/dev/null
    mkdir "$work/source" "$work/runs" "$work/reviews"
    git archive HEAD | tar -x -C "$work/source"
    make_reviews "$work/reviews/aclImdb"
    chown 10000:10000 "$work/runs"
}

# Four reviews as Stanford's directory has them.
make_reviews() {
    local split label
    for split in train test; do
        for label in pos neg; do
            mkdir -p "$1/$split/$label"
            echo "A $label film, and a long one." >"$1/$split/$label/0_5.txt"
        done
    done
}

# build IMAGE DOCKERFILE [OPTION...]
build() {
    local image=$1 dockerfile=$2
    shift 2
    buildah bud --isolation chroot --pull-never --layers --format docker --tag "$image" -f "$dockerfile" \
        --build-arg BASE="$base" --build-arg BUILD_BASE="$base" --build-arg VERSION="$version" \
        --build-arg SOURCE=https://example.org/matinee "$@" "$work/source"
}

# What the engine is told, and what the image weighs above its base.
check_image() {
    buildah inspect --type image "$1" >"$work/inspected.json"
    buildah push -q --disable-compression "$1" "dir:$work/pushed"
    scripts/image_facts.py "$work/inspected.json" "$work/pushed/manifest.json" "$version" "$own_megabytes_max"
    rm -r "$work/pushed"
}

# within IMAGE [-v VOLUME...] -- COMMAND...: as the image's user, in its directory.
within() {
    local container status=0
    container=$(buildah from --pull-never "$1")
    shift
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    buildah run --isolation chroot "${options[@]}" "$container" "$@" || status=$?
    buildah rm "$container" >/dev/null
    return "$status"
}

# Both volumes belong to the user; without any reviews `train` takes the sample.
use_volumes() {
    [ "$(within "$1" -- id -u)" = 10000 ] || fail "$1: runs as another user than 10000"
    within "$1" -- sh -euc '
        touch /data/own /runs/own
        matinee doctor
        matinee train --train-limit 128 --epochs 1 --units 8 --embedding 4 --maxlen 50 >/tmp/output
        cat /tmp/output
        grep -q "^Data: the built-in sample" /tmp/output
        test -s runs/lstm-7/model.keras'
}

use_cpu() {
    local mounted=(-v "$work/runs:/runs" -v "$work/reviews:/data:ro")
    use_volumes cpu
    within cpu "${mounted[@]}" -- matinee train --data sample --train-limit 128 --epochs 1 --units 8 --embedding 4 \
        --maxlen 50 --out first
    within cpu "${mounted[@]}" -- matinee evaluate first/model.keras --data sample
    within cpu "${mounted[@]}" -- matinee predict first/model.keras "A warm and funny film with wonderful acting."
    within cpu "${mounted[@]}" -- matinee train --epochs 1 --units 8 --embedding 4 --maxlen 50 --out own >"$work/output"
    cat "$work/output"
    grep -q "^Data: /data/aclImdb, 2 training and 2 test reviews" "$work/output" || fail "cpu: /data is not looked into"
    [ -s "$work/runs/own/model.keras" ] || fail "cpu: no model in the mounted /runs"
    [ -d "$work/runs/.cache" ] || fail "cpu: no cache in the mounted /runs"
}

# refused IMAGE [-v VOLUME...] -- [env NAME=VALUE]: without a GPU --device cuda is one line, and leaves nothing.
refused() {
    # shellcheck disable=SC2016
    within "$@" sh -c 'matinee train --device cuda --out refused >/tmp/output 2>&1
        status=$?
        cat /tmp/output
        test "$status $(wc -l </tmp/output)" = "1 1" && test ! -e refused' ||
        fail "$1: --device cuda is not refused by one line and status 1"
}

use_gpu() {
    local mounted=(-v "$(readlink -f "$toolkit/lib64"):/cuda:ro")
    use_volumes gpu
    refused gpu --
    within gpu "${mounted[@]}" -- env LD_LIBRARY_PATH=/cuda matinee doctor >"$work/output"
    cat "$work/output"
    grep -q '^CUDA: .*without a driver' "$work/output" || fail "gpu: the plugin does not load with CUDA's libraries"
    grep -q '^cuDNN: .*all parts load' "$work/output" || fail "gpu: cuDNN does not load"
    refused gpu "${mounted[@]}" -- env LD_LIBRARY_PATH=/cuda
}

part "bare system" make_base
for image in "${images[@]}"; do
    if [ "$image" = gpu ]; then
        part "gpu: build" build gpu docker/Dockerfile --build-arg CUDA_ARCHITECTURES=90 \
            -v "$(readlink -f "$toolkit"):/usr/local/cuda:ro"
        part "gpu: image" check_image gpu
        part "gpu: use" use_gpu
    else
        part "cpu: build" build cpu docker/Dockerfile.cpu
        part "cpu: image" check_image cpu
        part "cpu: use" use_cpu
    fi
done
echo "images: ${images[*]}: built and used"
