# Shared by the tests of campaigns of the built program; a test's second argument is the repository.
# shellcheck shell=bash
source "$(dirname "${BASH_SOURCE[0]}")/../cli/program.sh"
root=$fixtures
tiny=(--data sample --train-limit 64 --units 4 --embedding 4 --maxlen 20 --threads 1)

# json FILE EXPRESSION: a Python expression about the file's value j.
json() {
    python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); sys.exit(0 if eval(sys.argv[2]) else 1)' "$1" "$2" ||
        fail "$1: not so: $2"
}
