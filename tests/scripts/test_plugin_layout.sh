#!/usr/bin/env bash
# The number by which program and plugin know each other covers the struct of every op.
#     test_plugin_layout.sh SOURCE_DIR
set -euo pipefail
cd "$1/include/matinee"
missing=0 ops=0
while read -r op; do
    ops=$((ops + 1))
    # A backward op's struct holds that of its forward op.
    grep -qE "sizeof\(struct ${op}(_backward)?\)" cuda_plugin.h && continue
    echo "include/matinee/cuda_plugin.h: cuda_plugin_layout lacks sizeof(struct $op)" >&2
    missing=1
done < <(sed -n '/^struct backend_ops {/,/^};/s/.*const struct \([a-z_0-9]*\) \*).*/\1/p' backend.h)
[ "$ops" -ge 19 ] || {
    echo "include/matinee/backend.h: $ops ops found in struct backend_ops, 19 or more expected" >&2
    exit 1
}
exit $missing
