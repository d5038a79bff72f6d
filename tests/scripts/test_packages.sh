#!/usr/bin/env bash
# What cpack is told, without building: the maintainer is in every package and changelog, each package has its own
# documents and belongs to its version, and the library's symbols are those that it exports.
# Usage: test_packages.sh ROOT CMAKE COMPILER LIBRARY
set -euo pipefail
export LC_ALL=C
root=$1 cmake=$2 compiler=$3 library=$4
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "packages: $1" >&2
    exit 1
}

configure() {
    "$cmake" -G Ninja -S "$root" -B "$scratch/build" -DCMAKE_C_COMPILER="$compiler" -DCMAKE_INSTALL_PREFIX=/usr \
        -DMATINEE_DEBIAN=ON -DMATINEE_CUDA=OFF -DBUILD_TESTING=OFF "$@" >"$scratch/log" 2>&1
}

# told NAME: what cpack is told by a variable.
told() {
    cat >"$scratch/told.cmake" <<EOT
include($scratch/build/CPackConfig.cmake)
message("\${$1}")
EOT
    "$cmake" -P "$scratch/told.cmake" 2>&1
}

# is NAME EXPECTED
is() {
    [ "$(told "$1")" = "$2" ] || fail "$1: $(told "$1"), and not $2"
}

for wrong in "nobody" "<a@example.org>" "A <example.org>" "A <a@example.org> and B <b@example.org>"; do
    ! configure "-DMATINEE_MAINTAINER=$wrong" || fail "a maintainer \"$wrong\" is taken"
    grep -qF "MATINEE_MAINTAINER=$wrong" "$scratch/log" || fail "no word of the maintainer: $(cat "$scratch/log")"
done
maintainer="Jane Roe <jane@example.org>"
configure "-DMATINEE_MAINTAINER=$maintainer" || fail "$(cat "$scratch/log")"
is CPACK_PACKAGE_CONTACT "$maintainer"
changelog=$scratch/build/packaging/changelog.gz
gzip -dc "$changelog" | grep -qE "^ -- $maintainer  [A-Z]" || fail "the changelog is signed $(gzip -dc "$changelog" | tail -1)"
! gzip -dc "$changelog" | grep @MATINEE || fail "the changelog has a variable in it"

version=$(told CPACK_PACKAGE_VERSION)
components=$(told CPACK_COMPONENTS_ALL)
[[ ";$components;" == *";matinee;library;development;"* ]] || fail "components: $components"
is CPACK_DEBIAN_LIBRARY_PACKAGE_NAME "libmatinee${version%%.*}"
is CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libmatinee${version%%.*} (= $version)"
[[ ";$components;" != *";mpi;"* ]] || is CPACK_DEBIAN_MPI_PACKAGE_DEPENDS "matinee (= $version)"

# Each component is a package, with a copyright and a changelog in its own directory.
find "$scratch/build" -name cmake_install.cmake -exec cat {} + | tr '\n' ' ' | grep -oE 'file\(INSTALL [^)]*\)' >"$scratch/rules"
for component in ${components//;/ }; do
    name=$(told "CPACK_DEBIAN_${component^^}_PACKAGE_NAME")
    [ -n "$name" ] || fail "no package for the component $component"
    for file in copyright changelog.gz; do
        grep -F "/share/doc/$name\"" "$scratch/rules" | grep -qF "/$file\"" || fail "$name: no $file"
    done
done

# The file by which Debian's packages know what they need of the library; its name is that of the soname.
exported() {
    nm -D --defined-only --with-symbol-versions "$library" | awk '$2 != "A" { sub("@@", "@", $3); print $3 }' | sort
}
symbols=$scratch/build/packaging/symbols
diff <(awk '/^ / { print $1 }' "$symbols" | grep -v '^MATINEE_') <(exported) ||
    fail "left: packaging/library.symbols; right: what the library exports"
soname=$(readelf -d "$library" | sed -n 's/.*Library soname: \[\(.*\)\]$/\1/p')
[ "$(head -n 1 "$symbols")" = "$soname libmatinee${version%%.*} #MINVER#" ] || fail "library.symbols: $(head -n 1 "$symbols")"
grep -qx "libmatinee ${soname##*.} libmatinee${version%%.*} (>= $version)" "$scratch/build/packaging/shlibs" ||
    fail "library.shlibs: $(cat "$scratch/build/packaging/shlibs")"
