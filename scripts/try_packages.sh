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

install() {
    "${apt[@]}" install --no-install-recommends "$@"
}

# A small network, in seconds.
small=(--data sample --train-limit 128 --epochs 1 --units 8 --embedding 4 --maxlen 50)

use() {
    matinee --version
    matinee doctor
    matinee train --data sample --epochs 1 --out /tmp/run
    matinee evaluate /tmp/run/model.keras --data sample
    matinee predict /tmp/run/model.keras "A warm and funny film with wonderful acting."
    for file in /usr/share/man/man1/matinee{,-train}.1.gz /usr/share/doc/matinee/{README.md,copyright,changelog.gz} \
        /usr/share/zsh/vendor-completions/_matinee; do
        [ -s "$file" ] || fail "there is no $file"
    done
    bash -euc 'source /usr/share/bash-completion/completions/matinee && complete -p matinee' >/dev/null ||
        fail "bash's completion fails"
}

# Two ranks of the plugin, by what it recommends.
use_mpi() {
    install openmpi-bin
    # Open MPI refuses root, and more ranks than processors, unless it is told.
    OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
        mpirun --oversubscribe -np 2 matinee train "${small[@]}" --out /tmp/ranks
    [ -s /tmp/ranks/model.keras ] || fail "mpirun: no model"
}

# refused COMMAND...: it ends with status 1 and one line, which is in /tmp/output.
refused() {
    local status=0
    "$@" >/tmp/output 2>&1 || status=$?
    cat /tmp/output
    [ "$status $(wc -l </tmp/output)" = "1 1" ] || fail "$*: status $status, and not one line"
}

# Without a GPU, and without NVIDIA's libraries, the plugin is refused by one line that says so, and the program works.
use_cuda() {
    matinee doctor
    matinee doctor | grep -q '^GPU: .*libcudart\.so' || fail "doctor does not say that libcudart is missing"
    refused matinee train --data sample --device cuda --out /tmp/refused
    [ ! -e /tmp/refused ] || fail "--device cuda was refused, and left /tmp/refused"
    matinee train "${small[@]}" --out /tmp/cpu
    matinee evaluate /tmp/run/model.keras --data sample
}

# compile NAME [FLAG...]: C from the input.
compile() {
    local name=$1
    shift
    cc -std=c11 -Wall -Wextra -Werror -x c - -o "/tmp/$name" "$@"
}

# The example is compiled against the library, and runs without what it was compiled with. With a driver, which an empty
# library stands in for, it looks for the plugin.
use_library() {
    local example=/usr/share/doc/libmatinee-dev/examples/train_and_predict.c flags
    install gcc libc6-dev pkg-config
    flags=$(pkg-config --cflags --libs matinee | sed 's/ *$//')
    # The compiler finds Debian's directories of itself.
    [ "$flags" = -lmatinee ] || fail "pkg-config says $flags"
    compile train_and_predict "$flags" <$example
    sed 's/{"data", "sample"}/&, {"device", "cuda"}/' $example | compile on_gpu "$flags"
    compile libcuda.so.1 -shared <<<'extern int driver;'
    "${apt[@]}" purge libmatinee-dev gcc libc6-dev pkg-config
    /tmp/train_and_predict
    [ -s sample.keras ] || fail "the example wrote no sample.keras"
    refused env LD_LIBRARY_PATH=/tmp /tmp/on_gpu
    if [ -e /usr/lib/matinee/matinee_cuda.so ]; then
        grep -q 'CUDA plugin: libcudart\.so' /tmp/output || fail "the library does not find the CUDA plugin"
    else
        grep -q 'no CUDA plugin' /tmp/output || fail "the library does not say that there is no CUDA plugin"
    fi
}

export HOME=/tmp/home
mkdir "$HOME"
shopt -s nullglob
packages=()
for deb in *.deb; do
    packages+=("${deb%%_*}")
done
"${apt[@]}" update
listing >/tmp/before
cd /tmp
for package in matinee matinee-mpi matinee-cuda; do
    [[ " ${packages[*]} " == *" $package "* ]] || continue
    install /packages/"${package}"_*.deb
    case $package in
    matinee) use ;;
    matinee-mpi) use_mpi ;;
    matinee-cuda) use_cuda ;;
    esac
done
install /packages/libmatinee[0-9]*_*.deb /packages/libmatinee-dev_*.deb
use_library
mapfile -t installed < <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' | awk '/^installed .*matinee/ { print $2 }')
"${apt[@]}" purge "${installed[@]}" openmpi-bin
"${apt[@]}" autoremove --purge
listing >/tmp/after
diff /tmp/before /tmp/after || fail "something is left behind, or missing"
echo "packages: ${packages[*]}: installed, used and removed without a trace"
