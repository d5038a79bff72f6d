#!/usr/bin/env bash
# From a fresh clone to a trained classifier: packages, program, data, training, evaluation, two predictions.
#     scripts/quickstart.sh [--sample] [--data PATH]
# --data PATH  the aclImdb directory or its archive; otherwise $MATINEE_DATA, the cache, or a download
# --sample     the built-in sample, without touching the network
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    echo "usage: scripts/quickstart.sh [--sample | --data PATH]" >&2
    exit 2
}

data=()
while [ $# -gt 0 ]; do
    case "$1" in
    --sample) data=(--data sample) ;;
    --data)
        [ $# -ge 2 ] || usage
        data=(--data "$2")
        shift
        ;;
    *) usage ;;
    esac
    shift
done

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

run scripts/setup.sh
run cmake --preset release
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
