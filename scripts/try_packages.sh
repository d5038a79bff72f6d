#!/usr/bin/env bash
# For scripts/check_packages.sh, inside a bare system: installs the packages of this folder, uses them and removes them.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
apt=(apt-get -q -y -o Dpkg::Use-Pty=0)

fail() {
    echo "packages: $1" >&2
    exit 1
}

# Every path of the system, and every package; but apt's own state, logs, and what adduser keeps of the group that a
# library of Open MPI's makes.
listing() {
    find / -xdev \( -path /packages -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/cache -o -path /var/log \
        -o -path /etc/gshadow- -o -path /run/adduser \) -prune -o -print | sort
    dpkg-query -W
}

# Nothing that the program does may write into the system.
use() {
    local home=/tmp/home
    mkdir "$home"
    cd /tmp
    HOME=$home matinee --version
    HOME=$home matinee doctor
    HOME=$home matinee train --data sample --epochs 1 --out /tmp/run
    HOME=$home matinee evaluate /tmp/run/model.keras --data sample
    HOME=$home matinee predict /tmp/run/model.keras "A warm and funny film with wonderful acting."
    cd /packages
    for file in /usr/share/man/man1/matinee{,-train}.1.gz /usr/share/doc/matinee/{README.md,copyright,changelog.gz} \
        /usr/share/zsh/vendor-completions/_matinee; do
        [ -s "$file" ] || fail "there is no $file"
    done
    bash -euc 'source /usr/share/bash-completion/completions/matinee && complete -p matinee' >/dev/null ||
        fail "bash's completion fails"
}

# Without a GPU, and without NVIDIA's libraries, the plugin is refused by one line that says so, and the program works.
use_cuda() {
    local status=0
    matinee doctor
    matinee train --data sample --device cuda --out /tmp/refused >/tmp/output 2>&1 || status=$?
    cat /tmp/output
    [ "$status $(wc -l </tmp/output)" = "1 1" ] || fail "--device cuda: status $status, and not one line"
    [ ! -e /tmp/refused ] || fail "--device cuda was refused, and left /tmp/refused"
    matinee evaluate /tmp/run/model.keras --data sample
}

"${apt[@]}" update
listing >/tmp/before
"${apt[@]}" install --no-install-recommends ./matinee_*.deb
use
shopt -s nullglob
packages=(matinee)
for deb in matinee-*.deb; do
    "${apt[@]}" install --no-install-recommends "./$deb"
    packages+=("${deb%%_*}")
done
[[ " ${packages[*]} " != *" matinee-cuda "* ]] || use_cuda
"${apt[@]}" purge "${packages[@]}"
"${apt[@]}" autoremove --purge
listing >/tmp/after
diff /tmp/before /tmp/after || fail "something is left behind, or missing"
echo "packages: ${packages[*]}: installed, used and removed without a trace"
