#!/usr/bin/env bash
# Shows that scripts/setup.sh installs everything: runs a command on the committed tree in a bare system of this
# machine's release, made from this machine's own package sources. Needs root and mmdebstrap; takes 500 MB in /tmp.
#     scripts/check_clean_root.sh [COMMAND...]     (scripts/test.sh --quick)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ $# -gt 0 ] || set -- scripts/test.sh --quick

root=$(mktemp -d)
chmod 755 "$root"
trap 'rm -rf --one-file-system "$root"' EXIT
shopt -s nullglob
sources=(/etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources)
for i in "${!sources[@]}"; do
    [ -s "${sources[i]}" ] || unset "sources[i]"
done
# shellcheck source=/dev/null
source /etc/os-release
mmdebstrap --quiet --mode=root --variant=minbase "$VERSION_CODENAME" "$root" "${sources[@]}"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
mkdir "$root/matinee"
git archive HEAD | tar -x -C "$root/matinee"

# The mounts are gone with the namespace, whatever happens in it.
# shellcheck disable=SC2016
unshare --mount bash -euc '
    root=$1
    shift
    mount --make-rprivate /
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/tmp"
    exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root CI=true \
        bash -c '\''cd /matinee && exec "$@"'\'' _ "$@"' _ "$root" "$@"
