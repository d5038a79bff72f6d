#!/usr/bin/env bash
# Shows that a fresh machine needs nothing but what scripts/setup.sh installs: runs a command on the committed tree in a
# bare system of this machine's release, made from this machine's own package sources.
#     scripts/check_clean_root.sh [COMMAND...]            on the files alone (scripts/test.sh --quick)
#     scripts/check_clean_root.sh --clone [COMMAND...]    as a newcomer has it: the system has git and ca-certificates,
#                                                         and clones it (scripts/quickstart.sh, and then what that
#                                                         has built is installed, used and removed)
# Needs root and mmdebstrap; takes 2 GB in /tmp.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/clean_root.sh
source scripts/clean_root.sh
exec </dev/null
clones=false installs=false
if [ "${1:-}" = --clone ]; then
    clones=true
    shift
    if [ $# -eq 0 ]; then
        installs=true
        set -- scripts/quickstart.sh
    fi
fi
[ $# -gt 0 ] || set -- scripts/test.sh --quick

root=$(mktemp -d)
trap 'rm -rf --one-file-system "$root"' EXIT
clean_root_make "$root"
if $clones; then
    git clone -q --bare --no-hardlinks . "$root/srv/matinee.git"
    # shellcheck disable=SC2016
    clean_root_run "$root" / bash -euc '
        export DEBIAN_FRONTEND=noninteractive
        apt-get -q -y -o Dpkg::Use-Pty=0 update
        apt-get -q -y -o Dpkg::Use-Pty=0 install --no-install-recommends git ca-certificates'
    clean_root_run "$root" / git clone -q /srv/matinee.git matinee
else
    mkdir "$root/matinee"
    git archive HEAD | tar -x -C "$root/matinee"
fi
began=$SECONDS
clean_root_run "$root" /matinee "$@"
echo "clean root: $*: $((SECONDS - began)) s in a bare $(sed -n 's/^PRETTY_NAME="\(.*\)"$/\1/p' "$root/etc/os-release")"
if $installs; then
    clean_root_run "$root" /matinee scripts/try_install.sh
fi
