#!/usr/bin/env bash
# For scripts/check_clean_root.sh, inside a bare system, after scripts/quickstart.sh: installs what that has built below
# /usr/local, uses the program and the library, and removes both without a trace.
set -euo pipefail
export LC_ALL=C HOME=/tmp/home
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir "$HOME"

fail() {
    echo "install: $1" >&2
    exit 1
}

# Every path outside the tree.
listing() {
    find / -xdev -path "$PWD" -prune -o -print | sort
}

use() {
    matinee train --data sample --train-limit 128 --epochs 1 --units 8 --embedding 4 --maxlen 50 --out /tmp/run
    matinee evaluate /tmp/run/model.keras --data sample
    # shellcheck disable=SC2046
    cc examples/train_and_predict.c -o /tmp/train_and_predict $(pkg-config --cflags --libs matinee)
    (cd /tmp && ./train_and_predict)
}

listing >/tmp/before
cmake --install build/release
ldconfig
use
scripts/uninstall.sh build/release
ldconfig
listing >/tmp/after
diff /tmp/before /tmp/after || fail "something is left behind, or missing"
echo "install: below /usr/local: installed, used and removed without a trace"
