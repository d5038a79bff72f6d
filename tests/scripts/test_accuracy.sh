#!/usr/bin/env bash
# bench/accuracy.py with the program that it runs replaced: what it runs, skips, writes and sums up.
set -euo pipefail
export LC_ALL=C
bench=$1
command -v python3 >/dev/null || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# A seed's accuracy is 0.8 and a hundredth a seed; seed 9 fails.
cat >matinee <<'EOF'
#!/usr/bin/env bash
echo "$*" >>"$(dirname "$0")/calls"
if [ "$1" = train ]; then
    while [ "$1" != --seed ]; do shift; done
    [ "$2" != 9 ] || { echo "matinee: no memory" >&2; exit 1; }
    seed=$2
    while [ "$1" != --out ]; do shift; done
    mkdir "$2"
    echo "$seed" >"$2/model.keras"
    echo '{"epochs": [{"seconds": 1.25}, {"seconds": 2}]}' >"$2/run.json"
else
    echo "{\"accuracy\": 0.8$(cat "$2"), \"loss\": 0.25}"
fi
EOF
chmod +x matinee

fail() {
    echo "$1"
    cat output runs.csv 2>/dev/null || true
    exit 1
}

accuracy() {
    rm -f calls
    "$bench/accuracy.py" --program ./matinee --csv runs.csv "$@" >output 2>errors || fail "accuracy.py $*: $(cat errors)"
}

accuracy --seeds 3 --first-seed 1 --data set lstm cnn-lstm -- --epochs 2
[ "$(wc -l <calls)" -eq 12 ] || fail "not a training and an evaluation of each seed and preset"
grep -Eqx 'train --model cnn-lstm --seed 2 --validation none --quiet --out [^ ]+ --threads 0 --data set --epochs 2' calls ||
    fail "a training is started otherwise: $(cat calls)"
grep -qx 'lstm,3,0.830000,0.250000,3.25,--epochs 2' runs.csv || fail "a run is written otherwise"
grep -qxF '| lstm | 3 | 82.00 | 1.00 | 82.00 | 81.00 | 83.00 | 0.2500 | 3.2 |' output || fail "the table"

cp runs.csv before
accuracy --seeds 3 --first-seed 1 --data set lstm cnn-lstm -- --epochs 2
[ ! -e calls ] || fail "a run that is there is made again"
cmp runs.csv before || fail "a call with nothing to do changes the file"
accuracy --seeds 2 --first-seed 3 --data set lstm -- --epochs 2
[ "$(wc -l <calls)" -eq 2 ] || fail "of two seeds one is new"
accuracy --seeds 1 --first-seed 3 lstm
[ "$(wc -l <calls)" -eq 2 ] || fail "a run with other options counts as the same"
grep -qF '| lstm | 1 | 83.00 | - | 83.00 |' output || fail "the table of one run"

accuracy --seeds 1 --first-seed 4 bilstm lstm bilstm
[ "$(wc -l <calls)" -eq 4 ] || fail "a preset given twice is trained twice"
[ "$(grep -c '^| bilstm ' output)" -eq 1 ] || fail "a preset given twice counts twice"
rm calls
if "$bench/accuracy.py" --program ./matinee --csv nowhere/runs.csv lstm >output 2>errors; then
    fail "a file that cannot be written is no failure"
fi
[ ! -e calls ] || fail "a training before it is known that its line can be written"
grep -qx 'accuracy.py: nowhere/runs.csv: No such file or directory; give another --csv' errors ||
    fail "a file that cannot be written: $(cat errors)"

if "$bench/accuracy.py" --program ./matinee --csv runs.csv --seeds 2 --first-seed 8 lstm >output 2>errors; then
    fail "a training that fails is no failure"
fi
grep -q 'ended with status 1: matinee: no memory$' errors || fail "why it failed: $(cat errors)"
grep -q '^lstm,8,' runs.csv || fail "the run before the failure is lost"
echo 'lstm,7,0.8' >>runs.csv
if "$bench/accuracy.py" --program ./matinee --csv runs.csv lstm >output 2>errors; then
    fail "half a line is taken for a run"
fi
grep -q 'runs.csv, line 13: is no whole run' errors || fail "half a line: $(cat errors)"
