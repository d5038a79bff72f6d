#!/usr/bin/env bash
# fetch_imdb.sh against a server on localhost. Usage: fetch_imdb_test.sh PATH/fetch_imdb.sh
set -euo pipefail
export LC_ALL=C # the messages of the tools are compared

script=$1
for tool in python3 curl; do
    command -v "$tool" >/dev/null || { echo "skipped: no $tool"; exit 77; }
done

work=$(mktemp -d)
server=
cleanup() {
    [[ -z $server ]] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

mkdir "$work/www"
head -c 300000 /dev/urandom >"$work/www/good.tar.gz"
head -c 1000 "$work/www/good.tar.gz" >"$work/www/cut.tar.gz"
MATINEE_IMDB_MD5=$(md5sum <"$work/www/good.tar.gz")
export MATINEE_IMDB_MD5=${MATINEE_IMDB_MD5%% *} XDG_CACHE_HOME=$work/cache
unset MATINEE_DATA_DIRECTORY http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
archive=$work/cache/matinee/aclImdb_v1.tar.gz

# Port 0 lets the system choose. /short.tar.gz announces all of good.tar.gz and breaks off half-way; ranges are
# ignored, as http.server does, except under /ranges/.
cat >"$work/server.py" <<'EOF'
import http.server, os, sys

class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        good = open("good.tar.gz", "rb").read()
        begin = self.headers.get("Range", "bytes=0-")[6:-1]
        if self.path == "/short.tar.gz":
            self.send_response(200)
            self.send_header("Content-Length", str(len(good)))
            self.end_headers()
            self.wfile.write(good[:len(good) // 2])
        elif self.path == "/ranges/good.tar.gz" and int(begin) < len(good):
            self.send_response(206 if int(begin) else 200)
            self.send_header("Content-Length", str(len(good) - int(begin)))
            self.send_header("Content-Range", f"bytes {begin}-{len(good) - 1}/{len(good)}")
            self.end_headers()
            self.wfile.write(good[int(begin):])
        elif self.path == "/ranges/good.tar.gz":
            self.send_error(416)
        else:
            super().do_GET()

    def log_message(self, *arguments):
        print(self.path, self.headers.get("Range", "-"), file=sys.stderr, flush=True)

server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[1] + ".new", "w") as port:
    port.write(str(server.server_port))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
EOF
(cd "$work/www" && exec python3 "$work/server.py" "$work/port" 2>"$work/requests") &
server=$!
for _ in {1..100}; do
    [[ -s $work/port ]] && break
    sleep 0.1
done
base=http://127.0.0.1:$(<"$work/port")

failures=0
check() { # WHAT COMMAND...
    local what=$1
    shift
    if ! "$@"; then
        echo "FAILED: $what"
        sed 's/^/    /' "$work/out" "$work/err"
        failures=$((failures + 1))
    fi
}
run() { # EXPECTED_STATUS ARGUMENT...: the output in $work/out and $work/err; $script_path is its PATH
    local expected=$1 status=0
    shift
    : >"$work/requests"
    PATH=${script_path:-$PATH} "$script" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
    check "status $status instead of $expected: $*" test "$status" -eq "$expected"
    if ((expected == 1)); then
        check "one line of error: $*" test "$(wc -l <"$work/err")" -eq 1
    fi
}
is_whole() { cmp -s "$work/www/good.tar.gz" "$archive"; }
holds() { [[ $(ls -A "$work/cache/matinee") == "$1" ]]; }
says() { grep -q -- "$1" "$work/err"; }
start_again() { rm -rf "$work/cache"; }

run 0 --url "$base/good.tar.gz"
check "the archive arrives" is_whole
check "nothing lies beside it" holds aclImdb_v1.tar.gz

cache=$XDG_CACHE_HOME home=${HOME:-} HOME=$work/home
cd "$work"
for XDG_CACHE_HOME in "" relative; do
    run 0 --url "$base/good.tar.gz"
    check "XDG_CACHE_HOME=$XDG_CACHE_HOME gives way to HOME" \
        cmp -s "$work/www/good.tar.gz" "$HOME/.cache/matinee/aclImdb_v1.tar.gz"
    rm -rf "$HOME"
done
unset HOME
run 1 --url "$base/good.tar.gz"
check "the variables are named" says "neither HOME nor an absolute XDG_CACHE_HOME"
MATINEE_DATA_DIRECTORY=$work/named run 0 --url "$base/good.tar.gz"
check "a directory that is named is enough" cmp -s "$work/www/good.tar.gz" "$work/named/aclImdb_v1.tar.gz"
XDG_CACHE_HOME=$cache HOME=$home

run 0 --url "$base/good.tar.gz"
check "no download when it is there" test ! -s "$work/requests"

run 0 --url "$base/good.tar.gz" --force
check "--force downloads again" test -s "$work/requests"

echo damaged >"$archive"
MATINEE_IMDB_URL=$base/good.tar.gz run 0
check "a damaged archive is replaced" is_whole

run 1 --url "$base/cut.tar.gz" --force
check "a wrong checksum is named" says "MD5 is .* not $MATINEE_IMDB_MD5"
check "the old archive stays" is_whole
check "a wrong file leaves nothing" holds aclImdb_v1.tar.gz

start_again
run 1 --url "$base/missing.tar.gz"
check "404 is named" says 404
check "404 leaves nothing" holds ""

run 1 --url "$base/short.tar.gz"
check "a broken transfer leaves its part" holds aclImdb_v1.tar.gz.part
run 0 --url "$base/ranges/good.tar.gz"
check "it is continued" grep -q 'bytes=150000-' "$work/requests"
check "and whole" is_whole

start_again
run 1 --url "$base/short.tar.gz"
run 0 --url "$base/good.tar.gz"
check "a server that cannot continue sends all of it" is_whole

start_again
mkdir -p "$work/cache/matinee"
head -c 400000 /dev/zero >"$archive.part"
run 0 --url "$base/ranges/good.tar.gz"
check "a rest that is too long is thrown away" is_whole

start_again
mkdir -p "$work/cache/matinee"
head -c 1000 /dev/zero >"$archive.part"
run 0 --url "$base/ranges/good.tar.gz"
check "a rest of another file is thrown away" is_whole

start_again
if [[ -w /dev/full ]]; then
    mkdir -p "$work/cache/matinee"
    ln -s /dev/full "$archive.part"
    run 1 --url "$base/good.tar.gz"
    check "a full disk is named" says "cannot write it"
    check "a full disk leaves nothing" holds ""
fi

start_again
touch "$work/cache"
run 1 --url "$base/good.tar.gz"
check "an unwritable place is named" says "$work/cache/matinee: cannot write here"
start_again

# Tools that are missing: a PATH with everything but them.
mkdir "$work/bin"
for tool in bash env md5sum mkdir rm mv df awk flock; do
    ln -s "$(command -v "$tool")" "$work/bin/$tool"
done
script_path=$work/bin run 1 --url "$base/good.tar.gz"
check "neither curl nor wget" says "neither curl nor wget"
if command -v wget >/dev/null; then
    ln -s "$(command -v wget)" "$work/bin/wget"
    script_path=$work/bin run 0 --url "$base/good.tar.gz"
    check "wget will do" is_whole
    start_again
    script_path=$work/bin run 1 --url "$base/missing.tar.gz"
    check "wget's reason is given" says 404
    check "wget's failure leaves nothing" holds ""
fi

start_again
kill "$server"
wait "$server" 2>/dev/null || true
server=
run 1 --url "$base/good.tar.gz"
check "a server that is down is named" says "$base/good.tar.gz: .*[Cc]onnect"
check "and leaves nothing" holds ""

run 2 --nonsense
run 2 --url
run 0 --help

if ((failures > 0)); then
    echo "$failures checks failed"
    exit 1
fi
echo "all checks passed"
