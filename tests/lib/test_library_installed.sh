#!/usr/bin/env bash
# Installs the library, builds its example against that with pkg-config, and runs it.
#     tests/lib/test_library_installed.sh BUILD_DIR SOURCE_DIR COMPILER LIBRARY [SANITIZERS]
set -euo pipefail
export LC_ALL=C
build=$1 source=$2 compiler=$3 library=$4 sanitizers=${5:-}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
export HOME=$scratch XDG_CACHE_HOME=$scratch/cache CUDA_VISIBLE_DEVICES=

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# same WHAT EXPECTED FOUND: texts of lines.
same() {
    diff <(echo "$2") <(echo "$3") >&2 || fail "$1: not as expected"
}

# Exactly what the header declares is exported.
declared=$(grep -Eo '\bmatinee_[a-z_]+\(' "$source/include/matinee.h" | grep -v '^matinee_progress' | tr -d '(' | sort -u)
exported=$(nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort)
same "exported symbols" "$declared" "$exported"

# It has no way to print, to end the program or to take its signals. The compiler's own checks may abort.
if [ -z "$sanitizers" ]; then
    imported=$(nm -D --undefined-only "$library" | awk '{ sub(/@.*/, "", $2); print $2 }')
    banned='stdout|stderr|stdin|printf|vprintf|__printf_chk|puts|putchar|perror|exit|_exit|_Exit|quick_exit|signal|sigaction|setlocale|umask|chdir|fork|system|popen'
    if grep -Ex "$banned" <<<"$imported" >&2; then fail "the library uses these"; fi
fi
readelf -d "$library" | grep -q 'Library soname: \[libmatinee\.so\.[0-9]*\]' || fail "no soname"

cmake --install "$build" --prefix "$scratch/usr" --component library >/dev/null
cmake --install "$build" --prefix "$scratch/usr" --component development >/dev/null
same "installed headers" matinee.h "$(cd usr/include && find . -type f -printf '%P\n')"
PKG_CONFIG_PATH=$(dirname "$(find usr -name matinee.pc)")
export PKG_CONFIG_PATH=$scratch/$PKG_CONFIG_PATH
directory=$(pkg-config --variable=libdir matinee)
[ -L "$directory/libmatinee.so" ] || fail "no libmatinee.so in $directory"
pkg-config --atleast-version=0.1 matinee || fail "pkg-config says $(pkg-config --modversion matinee)"

example=$(find usr -name train_and_predict.c)
[ "$(wc -l <"$example")" -lt 60 ] || fail "the example has $(wc -l <"$example") lines"
# shellcheck disable=SC2046
"$compiler" -std=c11 -Wall -Wextra -Wpedantic -Werror ${sanitizers:+-fsanitize=$sanitizers} "$example" \
    -o train_and_predict $(pkg-config --cflags --libs matinee)
if type c++ >/dev/null 2>&1; then
    # shellcheck disable=SC2046
    c++ -x c++ -Wall -Wextra -Werror -fsyntax-only $(pkg-config --cflags matinee) - <<<'#include <matinee.h>'
fi
LD_LIBRARY_PATH=$directory ./train_and_predict >printed
[ "$(grep -Ec '^epoch [12] of 2: accuracy 0\.[0-9]{4}, of the test reviews [01]\.[0-9]{4}$' printed)" -eq 2 ] ||
    fail "epochs: $(cat printed)"
awk '/A wonderful/ { good = $1 } /A dull/ { bad = $1 } END { exit !(good > 0.5 && bad < 0.5) }' printed ||
    fail "predictions: $(cat printed)"
[ -s sample.keras ] || fail "no sample.keras"

# The page shows the example as it is, and what it prints; digits depend on the processor.
page=$source/docs/library.md
same "the example in docs/library.md" "$(cat "$source/examples/train_and_predict.c")" \
    "$(awk '/^```c$/ { inside = 1; next } /^```/ && inside { exit } inside' "$page")"
sed -E 's/[01]\.[0-9]{4}/N/g' "$page" >shown
sed -E 's/[01]\.[0-9]{4}/N/g' printed | while read -r line; do
    grep -qxF -- "$line" shown || fail "docs/library.md does not show: $line"
done
