#!/usr/bin/env bash
# docs/commands.md is what the option tables say.
set -euo pipefail
make_manual=$1 source=$2
if ! "$make_manual" markdown | diff -u "$source/docs/commands.md" - >&2; then
    echo "docs/commands.md is not what the tables say; run: build/default/manual/make_manual markdown >docs/commands.md" >&2
    exit 1
fi
