#!/usr/bin/env bash
# Shows that scripts/setup.sh installs everything: runs a command on the committed tree in a bare system of this
# machine's release, made from this machine's own package sources. Needs root and mmdebstrap; takes 500 MB in /tmp.
#     scripts/check_clean_root.sh [COMMAND...]     (scripts/test.sh --quick)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/clean_root.sh
source scripts/clean_root.sh
[ $# -gt 0 ] || set -- scripts/test.sh --quick

root=$(mktemp -d)
trap 'rm -rf --one-file-system "$root"' EXIT
clean_root_make "$root"
mkdir "$root/matinee"
git archive HEAD | tar -x -C "$root/matinee"
clean_root_run "$root" /matinee "$@"
