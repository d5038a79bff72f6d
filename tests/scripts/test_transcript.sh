#!/usr/bin/env bash
# bench/transcript.py records the commands of a small page and what they print. test_transcript.sh BENCH MATINEE
set -euo pipefail
transcript=$1/transcript.py
matinee=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "$1" >&2
    cat stdout stderr recorded.json >&2 2>/dev/null || true
    exit 1
}

# page COMMAND...: page.md with a transcript of them, and what an earlier recording printed.
page() {
    {
        printf '# A page\n\n    not recorded\n\n<!-- begin transcript: session -->\n```\n'
        printf '$ %s\nprinted earlier\n' "$@"
        printf '```\n<!-- end transcript -->\n'
    } >page.md
}

# refuses WORDS [OPTION...]: one line with the words, exit status 1, no recording.
refuses() {
    local words=$1 status=0
    shift
    "$transcript" page.md --data sample --program "$matinee" "$@" >stdout 2>stderr || status=$?
    [ "$status" -eq 1 ] && [ "$(wc -l <stderr)" -eq 1 ] && grep -qF -- "transcript.py: $words" stderr &&
        [ ! -e session.json ] || fail "not refused with: $words"
}

train="build/bin/matinee train --data sample --out runs/a --train-limit 64 --epochs 1 --units 4 --maxlen 10"
page "$train --seed 11" 'ls runs/a | sort -r' "build/bin/matinee predict runs/a/model.keras 'A wonderful film.'"
cat >>page.md <<'END_OF_PAGE'
Then:
<!-- begin transcript: session -->
```
$ pwd | grep -c / >found; cat found; echo "to the other stream; data: ${MATINEE_DATA-none named}" >&2
```
<!-- end transcript -->
END_OF_PAGE
MATINEE_DATA=/none "$transcript" page.md --data sample --program "$matinee" --json recorded.json >stdout 2>stderr ||
    fail "status $?"
python3 - <<'END_OF_TEST' || fail "it recorded something else"
import json
recorded = json.load(open("recorded.json"))
assert recorded["seeds"] == [11] and recorded["commit"] and recorded["device"].startswith("cpu"), recorded
commands, outputs = zip(*((one["command"], one["output"]) for one in recorded["commands"]))
assert commands[0].startswith("build/bin/matinee train --data sample --out runs/a --train-limit 64"), commands
assert [command.split()[0] for command in commands[1:]] == ["ls", "build/bin/matinee", "pwd"], commands
assert outputs[0].endswith("Wrote runs/a: model.keras, history.csv, predictions.csv, run.json, report.html\n"), outputs
assert outputs[1] == "run.json\nreport.html\npredictions.csv\nmodel.keras\nhistory.csv\n", outputs
assert outputs[2].endswith("A wonderful film.\n") and outputs[2].count("\n") == 1, outputs
assert outputs[3] == "1\nto the other stream; data: none named\n", outputs
assert all(one["seconds"] >= 0 for one in recorded["commands"]), recorded
END_OF_TEST
[ "$(echo *)" = "page.md recorded.json stderr stdout" ] || fail "it left something behind"

refuses "./absent: no such program; build it" --program ./absent
refuses "page.md: no command names aclImdb.zip; give the data" --data elsewhere/aclImdb.zip
page "$train" "echo missing: sample; false | cat"
refuses "echo missing: sample; false | cat: status 1: missing: sample"
page "build/bin/matinee train --data sample --epochs 0"
refuses "build/bin/matinee train --data sample --epochs 0: status 2: "
page "$train" pwd
refuses "pwd: its output names the directory that it ran in"
page "echo sample"
refuses "page.md: no command trains"
printf '<!-- begin transcript: other -->\n<!-- end transcript -->\n' >>page.md
refuses "page.md: transcripts of other and session: a page has one recording"
echo nothing >page.md
refuses "page.md: no <!-- begin transcript: NAME -->"
rm page.md
refuses "page.md: No such file or directory"
