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
    # What failed may have left its containers mounted.
    awk -v work="$work/" 'index($2, work) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount
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
    buildah bud --isolation chroot --pull-never --layers=false --format docker --tag "$image" -f "$dockerfile" \
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

# within IMAGE [-v HOST:PATH[:ro]...] -- COMMAND...: as the image's user, in its directory. For buildah a volume of the
# image would lie above what is mounted there.
within() {
    local container status=0 options=() path
    container=$(buildah from --pull-never "$1")
    shift
    while [ "$1" = -v ]; do
        path=${2#*:}
        path=${path%:ro}
        buildah config --volume "$path-" "$container"
        options+=(-v "$2")
        shift 2
    done
    buildah run --isolation chroot "${options[@]}" "$container" "$@" || status=$?
    buildah rm "$container" >/dev/null
    return "$status"
}

# Without any reviews, and without a GPU: doctor, training on the sample, volumes that belong to the user. The program
# that refuses --device cuda does so in one line, and leaves nothing.
use_bare() {
    # shellcheck disable=SC2016
    within "$1" -- sh -euc '
        test "$(id -u)" = 10000
        touch /data/own /runs/own
        matinee doctor
        matinee train --train-limit 128 --epochs 1 --units 8 --embedding 4 --maxlen 50 >/tmp/output
        cat /tmp/output
        grep -q "^Data: the built-in sample" /tmp/output
        test -s runs/lstm-7/model.keras
        status=0
        matinee train --device cuda --out refused >/tmp/output 2>&1 || status=$?
        cat /tmp/output
        test "$status $(wc -l </tmp/output)" = "1 1"
        test ! -e refused'
}

# With a mounted /data and a mounted /runs: models are written, and read again.
use_mounted() {
    within "$1" -v "$work/runs:/runs" -v "$work/reviews:/data:ro" -- sh -euc '
        matinee train --epochs 1 --units 8 --embedding 4 --maxlen 50 --out own >/tmp/output
        cat /tmp/output
        grep -q "^Data: /data/aclImdb, 2 training and 2 test reviews" /tmp/output
        matinee train --data sample --train-limit 128 --epochs 1 --units 8 --embedding 4 --maxlen 50 --out first
        matinee evaluate first/model.keras --data sample
        matinee predict first/model.keras "A warm and funny film with wonderful acting."'
    [ -s "$work/runs/own/model.keras" ] || fail "$1: no model in the mounted /runs"
    [ -d "$work/runs/.cache" ] || fail "$1: no cache in the mounted /runs"
}

# The plugin and cuDNN's parts load where CUDA's libraries are; without a driver that is all.
use_libraries() {
    within "$1" -v "$(readlink -f "$toolkit/lib64"):/cuda:ro" -- sh -euc '
        export LD_LIBRARY_PATH=/cuda
        matinee doctor >/tmp/output
        cat /tmp/output
        grep -q "^CUDA: .*without a driver" /tmp/output
        grep -q "^cuDNN: .*all parts load" /tmp/output
        ! matinee train --device cuda --out refused'
}

part "bare system" make_base
for image in "${images[@]}"; do
    if [ "$image" = gpu ]; then
        part "gpu: build" build gpu docker/Dockerfile --build-arg CUDA_ARCHITECTURES=90 \
            -v "$(readlink -f "$toolkit"):/usr/local/cuda:ro"
    else
        part "cpu: build" build cpu docker/Dockerfile.cpu
    fi
    part "$image: image" check_image "$image"
    part "$image: without data" use_bare "$image"
    part "$image: with data" use_mounted "$image"
    [ "$image" = cpu ] || part "gpu: with CUDA's libraries" use_libraries gpu
done
echo "images: ${images[*]}: built and used"
