#!/usr/bin/env bash
# docs/formats.md against files of every kind that the program writes: each field is in both.
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
checker=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/formats.py
page=$fixtures/../../docs/formats.md
if ! command -v python3 >/dev/null; then
    echo "no python3 to read the files with"
    exit 77
fi

# looks KIND HEADING FILE...: the files are what the table under the heading says (formats.py).
looks() {
    local kind=$1 heading=$2
    shift 2
    printf "$kind\t$heading\t%s\n" "$@" >>checks
}

# prints KIND HEADING COMMAND...: and what the command prints is.
prints() {
    local kind=$1 heading=$2
    shift 2
    expect 0 "$@"
    prints_count=$((${prints_count:-0} + 1))
    cp stdout "printed-$prints_count"
    looks "$kind" "$heading" "printed-$prints_count"
}

# appears FILE: waits for it.
appears() {
    for _ in $(seq 6000); do
        [ ! -e "$1" ] || return 0
        sleep 0.01
    done
    fail "$1 has not appeared in a minute"
}

# interrupts PROCESS
interrupts() {
    local status=0
    kill -TERM "$1"
    wait "$1" || status=$?
    [ "$status" -eq 130 ] || fail "interrupted: exit status $status"
}

tiny=(--units 4 --embedding 4 --maxlen 20 --threads 1)
sample=(--data sample --train-limit 64 "${tiny[@]}")
for i in $(seq 12); do
    printf 'A wonderful film %s\t1\nAn awful film %s\t0\n' "$i" "$i"
done >table.tsv

echo "runs"
columns=(--text-column 1 --label-column 2)
expect 0 train --data sample --train-limit 600 --batch-size 8 --epochs 2 --model cnn-lstm-dropout "${tiny[@]}" \
    --spatial-dropout 0.1 --recurrent-activation hard_sigmoid --schedule cosine --ema 0.9 --ngrams 1 --keep-best \
    --patience 5 --save-every 50 --quiet --out full --log full.jsonl
expect 0 data export --data table.tsv "${columns[@]}" --out words
index=(--word-index words/imdb_word_index.json)
expect 0 train --data table.tsv "${columns[@]}" --no-quotes --test 0.25 "${tiny[@]}" --exact-ranks "${index[@]}" \
    --epochs 1 --quiet --out table --log table.jsonl
expect 0 train --resume table --epochs 2 --quiet
expect 0 train --data table.tsv "${columns[@]}" --test table.tsv --model full/model.keras --schedule constant --ema 0 \
    --validation none --epochs 1 --threads 1 --quiet --out blind
expect 0 train --data words/imdb.npz "${index[@]}" --validation 0.25 --model cnn-lstm --layers 0 --global-pooling max \
    --filters 4 --embedding 4 --maxlen 20 --threads 1 --epochs 1 --quiet --out pooled --cache kept --map-reviews always
"$program" train --data sample --maxlen 400 --epochs 100 --save-every 1 --quiet --out begun 2>stderr &
appears begun/run.json
cp begun/run.json begun.json
kill -KILL $!
wait $! 2>/dev/null || true
looks json run.json {full,table,blind,pooled}/run.json begun.json
looks log - full.jsonl table.jsonl
looks csv history.csv {full,blind}/history.csv
looks csv predictions.csv full/predictions.csv

echo "campaigns"
pair=(compare "${sample[@]}" --seeds 2 --models)
expect 0 "${pair[@]}" lstm,bilstm --epochs 1 --out pair --commit 0123abc --quiet
cp -r pair broken
rm -r broken/runs/bilstm-*
cp -r broken stopped
sed -i 's/--epochs=1"/--epochs=100000"/' stopped/campaign.json
touch broken/runs/bilstm-{7,8} # so that these runs fail
expect 1 "${pair[@]}" lstm,bilstm --epochs 1 --out broken --quiet
"$program" "${pair[@]}" lstm,bilstm --epochs 100000 --out stopped --quiet 2>stderr &
appears stopped/runs/bilstm-7/run.json
interrupts $!
documents=(bench documents "${sample[@]}" --out documents --quiet --seeds 2)
"$program" "${documents[@]}" 2>stderr &
appears documents/runs/002-lstm-7
interrupts $!
cp documents/documents.json begun.documents.json
rm -rf documents/runs/002-lstm-7 # copies of the first run save the time of the others
for name in 001-lstm-dropout 002-{lstm,lstm-gate-dropout,bilstm-gate-dropout,cnn-lstm,cnn-lstm-right} \
    003-{lstm,lstm-embedding-dropout,embedding-and-gate-dropout,cnn-lstm} 004-lstm-gate-dropout; do
    [ -e documents/runs/$name-7 ] || cp -r documents/runs/001-lstm-dropout-7 documents/runs/$name-7
    cp -r documents/runs/001-lstm-dropout-7 documents/runs/$name-8
done
touch documents/runs/004-cnn-lstm-8
expect 1 "${documents[@]}"
looks json campaign.json {pair,documents}/campaign.json
looks json cost.json {pair/runs/lstm-7,documents/runs/{001-lstm-dropout,004-cnn-lstm}-7}/cost.json
looks json compare.json {pair,broken,stopped}/compare.json
looks csv compare.csv {pair,broken}/compare.csv
looks json documents.json begun.documents.json documents/documents.json
looks csv documents.csv documents/documents.csv
looks files Campaigns pair documents
looks files 'The run directory' full blind begun pair/runs/lstm-7

echo "model files"
expect 0 convert full/model.keras weights.safetensors
expect 0 convert "$fixtures/golden/m1_step3.keras" keras.keras
looks safetensors model.safetensors weights.safetensors
looks zip 'Model files' {full,table}/model.keras full/best.keras keras.keras
for run in full table blind; do
    python3 -m zipfile -e $run/model.keras unpacked/$run
done
for member in metadata.json matinee/vocabulary.json matinee/trainer.json; do
    looks json $member unpacked/{full,table,blind}/$member
done
looks json Settings unpacked/{full,table,blind}/matinee/settings.json

echo "what commands print"
keras=$fixtures/golden/m1_step3.keras
prints json 'evaluate --json' evaluate full/model.keras --data sample --json
prints json 'evaluate --json' evaluate "$keras" --data sample --json
prints lines 'predict --json' predict full/model.keras "A film." "Dull." --json
prints lines 'predict --explain --json' predict full/model.keras "A fine zonk film." --json --explain
prints json 'neighbors --json' neighbors full/model.keras film --json --count 2
prints json 'neighbors --json' neighbors full/model.keras film --json --count 2 --farthest
prints json 'summary --json' summary bilstm --json
prints json 'convert --json' convert "$keras" again.keras --json
prints json 'convert --json' convert full/model.keras again.weights.h5 --json
mkdir ranks
cp words/imdb.npz ranks
prints json 'data info --json' data info --data table.tsv "${columns[@]}" --json
prints json 'data info --json' data info --data ranks/imdb.npz --json
prints json 'data export --json' data export --data table.tsv "${columns[@]}" --out words --json
prints json 'data export --json' data export --data ranks/imdb.npz --out exported --json
prints json 'data words --json' data words --data sample --json
looks files Data words exported
looks zip imdb.npz words/imdb.npz
looks json imdb_word_index.json words/imdb_word_index.json
expect 0 data info --data "$fixtures/npz/numpy1-list-2.npz" --cache plain # which has not changed just now
cp -r plain listed
looks files 'The cache' kept listed plain # the last one will be empty
prints json 'data cache --json' data cache --cache kept --json
printf x | dd of="$(echo plain/*.reviews)" conv=notrunc 2>/dev/null
prints json 'data cache --json' data cache --cache plain --json
prints json 'data clear-cache --json' data clear-cache --cache plain --json
prints json 'doctor --json' doctor --json
MATINEE_DATA=table.tsv prints json 'doctor --json' doctor --json
MATINEE_DATA=nothing prints json 'doctor --json' doctor --json

python3 "$checker" "$page" checks >found || fail "$page and the files differ:
$(cat found)"
for command in $("$program" --help | sed -nE 's/^  ([a-z]+)  .*/\1/p'); do
    ! "$program" "$command" --help | grep -q -- '--json' || grep -q "^### $command .*--json$" "$page" ||
        fail "$page has nothing of matinee $command --json"
done
