# shellcheck shell=bash
# Sourced by checks that need a bare system of this machine's release. Needs root and mmdebstrap.

# clean_root_make DIRECTORY: makes one there, from this machine's own package sources.
clean_root_make() {
    local root=$1 sources i
    chmod 755 "$root"
    shopt -s nullglob
    sources=(/etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources)
    shopt -u nullglob
    for i in "${!sources[@]}"; do
        [ -s "${sources[i]}" ] || unset "sources[i]"
    done
    # shellcheck source=/dev/null
    source /etc/os-release
    # It is thrown away: dpkg need not wait for the disk.
    mmdebstrap --quiet --mode=root --variant=minbase --dpkgopt=force-unsafe-io "$VERSION_CODENAME" "$root" \
        "${sources[@]}" && cp /etc/resolv.conf /etc/hosts "$root/etc/"
}

# clean_root_run DIRECTORY WHERE COMMAND...: runs a command in it, in the folder WHERE, with nothing of this machine's
# environment. The mounts are gone with the namespace, whatever happens in it.
clean_root_run() {
    # shellcheck disable=SC2016
    unshare --mount bash -euc '
        root=$1
        shift
        mount --make-rprivate /
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        mount -t sysfs -o ro sysfs "$root/sys" # where Open MPI looks for the processors
        mount -t tmpfs tmpfs "$root/tmp"
        path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
        exec chroot "$root" env -i PATH="$path" HOME=/root CI=true \
            bash -c '\''cd "$1" && shift && exec "$@"'\'' _ "$@"' _ "$@"
}
