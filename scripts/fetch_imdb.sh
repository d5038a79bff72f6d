#!/usr/bin/env bash
# Downloads Stanford's Large Movie Review Dataset (Maas et al. 2011, 80 MB) to where matinee looks for it.
set -euo pipefail

url=${MATINEE_IMDB_URL:-http://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz}
md5=${MATINEE_IMDB_MD5:-7c2ac02c03563afcf9b574c7e56c153a}
force=false

usage() {
    cat <<EOF
Usage: scripts/fetch_imdb.sh [--url URL] [--force]
Downloads aclImdb_v1.tar.gz to \$MATINEE_DATA_DIRECTORY or \${XDG_CACHE_HOME:-~/.cache}/matinee and checks its MD5.
An interrupted download is resumed by the next run.
  --url URL   from here instead of Stanford's server (or set MATINEE_IMDB_URL)
  --force     download again even if the file is there
EOF
}

fail() {
    echo "fetch_imdb: $*" >&2
    exit 1
}

while (($# > 0)); do
    case $1 in
    --url)
        (($# > 1)) || { usage >&2; exit 2; }
        url=$2
        shift
        ;;
    --force) force=true ;;
    --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
    esac
    shift
done

cache=${XDG_CACHE_HOME:-}
[[ $cache == /* ]] || cache= # XDG's rule: a relative path does not count
directory=${MATINEE_DATA_DIRECTORY:-}
[[ -n $directory$cache${HOME:-} ]] || fail "neither HOME nor an absolute XDG_CACHE_HOME is set; set one of them"
directory=${directory:-${cache:-${HOME:-}/.cache}/matinee}
archive=$directory/aclImdb_v1.tar.gz
partial=$archive.part

has_md5() { # FILE
    [[ -f $1 && $(md5sum <"$1") == "$md5 "* ]]
}

# Both leave the file in $partial, or why not in $reason and curl's status in $status.
reason=
status=0
download_with_curl() { # goes on where $partial ends
    local options=(--fail --location --connect-timeout 20 --speed-limit 1 --speed-time 60 --continue-at -)
    if [[ -t 2 ]]; then
        curl "${options[@]}" --progress-bar --output "$partial" -- "$url" || status=$?
        reason="curl stopped with status $status"
    else
        reason=$(curl "${options[@]}" --silent --show-error --output "$partial" -- "$url" 2>&1) || status=$?
        reason=${reason##*curl: }
    fi
}

download_with_wget() { # from the start: its --continue does not notice a server that ignores the offset
    rm -f "$partial"
    reason=$(wget --no-verbose --tries=2 --timeout=30 --output-document="$partial" -- "$url" 2>&1) || status=$?
    reason=${reason##*$'\n'}
}

download() {
    status=0
    if command -v curl >/dev/null; then
        download_with_curl
    else
        download_with_wget
    fi
    ((status == 0)) || return 1
    reason=
    has_md5 "$partial"
}

# A rest of an earlier run may be of another file, or the server may not continue it: then once more from the start.
fetch() {
    local resumed=false
    [[ -s $partial ]] && resumed=true
    has_md5 "$partial" && return
    download && return
    case $status in
    0 | 22 | 33 | 36) $resumed || return 1 ;;
    *) return 1 ;;
    esac
    rm -f "$partial"
    download
}

# Says why fetch failed. Only what the next run can continue is left behind.
explain() {
    if ((status == 0)); then
        local found
        found=$(md5sum <"$partial")
        rm -f "$partial"
        fail "$url: the file's MD5 is ${found%% *}, not $md5: damaged, or another file; try again or use --url"
    fi
    local free_kb
    free_kb=$(df -Pk "$directory" | awk 'NR == 2 { print $4 }')
    if ((free_kb < 1024)) || { ((status == 23)) && command -v curl >/dev/null; }; then
        rm -f "$partial"
        fail "$partial: cannot write it: $reason; free 100 MB there or set XDG_CACHE_HOME"
    fi
    [[ -s $partial ]] || rm -f "$partial"
    fail "$url: $reason; check the network and run this again, or use --url"
}

command -v md5sum >/dev/null || fail "md5sum is missing; install coreutils"
if ! $force && has_md5 "$archive"; then
    echo "fetch_imdb: $archive is there already"
    exit 0
fi
command -v curl >/dev/null || command -v wget >/dev/null || fail "neither curl nor wget is installed; install curl"
if ! mkdir -p "$directory" 2>/dev/null || [[ ! -w $directory ]]; then
    fail "$directory: cannot write here; make it a writable directory or set XDG_CACHE_HOME"
fi
exec 9<"$directory"
if command -v flock >/dev/null; then
    flock --nonblock 9 || fail "$directory: another download is running; wait for it"
fi

echo "fetch_imdb: downloading $url (80 MB)"
fetch || explain
mv -f "$partial" "$archive"
echo "fetch_imdb: wrote $archive"
