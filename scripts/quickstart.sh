#!/usr/bin/env bash
# From a fresh clone to a trained classifier: packages, program, data, training, evaluation, two predictions.
#     scripts/quickstart.sh [--sample] [--data PATH]
# --data PATH  the aclImdb directory or its archive; otherwise $MATINEE_DATA, the cache, or a download
# --sample     the built-in sample, without touching the network
set -euo pipefail
caller=$PWD

usage() {
    echo "usage: scripts/quickstart.sh [--sample | --data PATH]" >&2
    exit 2
}

# Paths are the caller's; "sample" is none.
resolve() {
    case "$1" in
    sample | /*) printf '%s' "$1" ;;
    *) printf '%s' "$caller/$1" ;;
    esac
}

data=()
while [ $# -gt 0 ]; do
    case "$1" in
    --sample) data=(--data sample) ;;
    --data)
        [ -n "${2:-}" ] || usage
        data=(--data "$(resolve "$2")")
        shift
        ;;
    *) usage ;;
    esac
    shift
done
if [ -n "${MATINEE_DATA:-}" ]; then
    MATINEE_DATA=$(resolve "$MATINEE_DATA")
    export MATINEE_DATA
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."

run() {
    printf '\n$'
    local word
    for word in "$@"; do
        if [[ "$word" == *[!A-Za-z0-9_./=-]* ]]; then
            printf ' "%s"' "$word"
        else
            printf ' %s' "$word"
        fi
    done
    printf '\n'
    "$@"
}

# The CUDA plugin for the GPUs that are here, and where there is none no plugin: for every GPU of a release it takes
# minutes.
plugin() {
    local capabilities
    capabilities=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null) || capabilities=""
    capabilities=$(tr -d '. ' <<<"$capabilities" | sort -u | paste -sd ';')
    if [[ "$capabilities" =~ ^[0-9]+(;[0-9]+)*$ ]]; then
        printf '%s' "-DMATINEE_CUDA_ARCHITECTURES=$capabilities"
    else
        printf '%s' -DMATINEE_CUDA=OFF
    fi
}

run scripts/setup.sh
# A compiler that warns of more than the developers' is no reason to stop here.
run cmake --preset release --compile-no-warning-as-error "$(plugin)"
run cmake --build --preset release

if [ ${#data[@]} -eq 0 ] && [ -z "${MATINEE_DATA:-}" ] && ! run scripts/fetch_imdb.sh; then
    echo "The reviews are neither here nor to be had from the network: training on the built-in sample instead."
    data=(--data sample)
fi

run build/bin/matinee train "${data[@]}" --out runs/quickstart
run build/bin/matinee evaluate runs/quickstart/model.keras "${data[@]}"
run build/bin/matinee predict runs/quickstart/model.keras \
    "A warm and funny film with wonderful acting. I loved every minute of it and would gladly watch it again."
run build/bin/matinee predict runs/quickstart/model.keras \
    "The plot is dull, the acting is awful and the jokes are terrible. A complete waste of time and money."
