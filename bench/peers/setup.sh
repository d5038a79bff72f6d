#!/usr/bin/env bash
# Makes the virtual environments of compare.py's peers from PyPI, with the newest releases: torch, keras-tensorflow,
# keras-jax. They take 8 GB, 5 of them PyTorch: its wheel there is the one for CUDA, which computes on a processor too.
#     bench/peers/setup.sh [DIR]     (${XDG_CACHE_HOME:-~/.cache}/matinee/peers)
# One that is there stays as it is; to get newer releases remove it.
set -euo pipefail
case "${1:-}" in
-*)
    echo "usage: bench/peers/setup.sh [DIR]" >&2
    exit 2
    ;;
esac
directory=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/matinee/peers}
mkdir -p "$directory"

# An environment is whole when it has the list of what was installed.
make() {
    local environment=$directory/$1
    shift
    if [ ! -s "$environment/versions" ]; then
        echo "setup: making $environment" >&2
        rm -rf "$environment"
        python3 -m venv "$environment"
        "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir "$@"
        "$environment/bin/python" -m pip freeze >"$environment/versions.part"
        mv "$environment/versions.part" "$environment/versions"
    fi
    echo "$environment: $(grep -Ei '^(torch|keras|tensorflow.cpu|jax|numpy)==' "$environment/versions" | tr '\n' ' ')"
}

make torch torch numpy
make keras-tensorflow keras tensorflow-cpu
make keras-jax keras jax
