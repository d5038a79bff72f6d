#!/usr/bin/env bash
# What cannot be done is refused: exit status, one line on standard error, nothing half-written.
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
make_reviews reviews
model=$fixtures/golden/m1_step3.keras
cp "$fixtures/golden/config_m1.json" config.json
try=(train --data reviews "${small[@]}" --out out)

untouched() {
    [ ! -e out ] || fail "out was made: $(ls -A out)"
}

echo "the command line"
refuse 2 '^matinee: a command is missing; commands: train, evaluate, predict, neighbors, summary, convert, data, doctor'
refuse 2 '^matinee: tran: there is no such command; commands: train, ' tran
refuse 2 '^matinee: --verbose: there is no such option' --verbose
refuse 2 '^matinee train: --epochs -1: must be a whole number from 1 to 100000$' train --epochs -1
refuse 2 '^matinee train: --maxlen 0: must be ' train --maxlen 0
refuse 2 '^matinee train: --vocabulary 4: must be ' train --vocabulary 4
refuse 2 '^matinee train: --learning-rate nan: must be ' train --learning-rate nan
refuse 2 '^matinee train: optimizer: learning_rate is 1e-50; ' train --learning-rate 1e-50 --out out
refuse 2 '^matinee train: optimizer: epsilon is 1e-50; ' train --model "$model" --epsilon 1e-50 --out out
refuse 2 '^matinee train: --validation 1\.5: must be ' train --validation 1.5
refuse 2 '^matinee train: again: train takes no arguments$' train again
refuse 2 '^matinee: help tran: there is no such command; commands: train, ' help tran
refuse 2 '^matinee train: --epocs: there is no such option' train --epocs 3
refuse 2 '^matinee train: gru: no such model' train --model gru
refuse 2 '^matinee train: --fresh: needs --model FILE' train --fresh
for option in '--patience 2' --keep-best; do
    # shellcheck disable=SC2086
    refuse 2 "^matinee train: ${option% 2}: goes by the validation accuracy, .*; leave one of them out\$" \
        train --validation none $option --out out
done
refuse 2 '^matinee train: --units 7: .*m1_step3.keras was made with 6' train --model "$model" --units 7 --out out
refuse 2 '^matinee train: model\.hdf: .*\.keras.*\.json.*presets are lstm, ' train --model model.hdf --out out
refuse 2 '^matinee train: --fresh: |^matinee train: runs/lstm-7: cannot tell ' train --fresh --model runs/lstm-7 --out out
refuse 2 '^matinee train: --initializers: .*m1_step3.keras has weights; ' train --model "$model" --initializers keras1
none='(no NVIDIA driver found|.*no CUDA plugin: .*|the NVIDIA driver shows no GPU; .*)'
refuse 1 "^matinee: --device cuda: $none; --device cpu does without\$" "${try[@]}" --device cuda
refuse 1 "^matinee: --device cuda:7: $none; --device cpu does without\$" evaluate "$model" --device cuda:7
refuse 2 '^matinee predict: --device cuda:x: must be auto, cpu, cuda or cuda:I ' predict "$model" film --device cuda:x
for option in '--engine fused' '--engine cudnn' '--engine generic' '--precision tf32' '--dropout-masks cudnn' --no-graph; do
    # shellcheck disable=SC2086
    refuse 1 "^matinee: $option: needs a GPU, and none can be used: $none\$" "${try[@]}" $option
    # shellcheck disable=SC2086
    refuse 1 "^matinee: $option: needs a GPU, and --device cpu is none; leave one of them out\$" \
        "${try[@]}" --device cpu $option
done
untouched
for rate in 1 -0.1 nan; do
    for option in --dropout --recurrent-dropout --embedding-dropout; do
        refuse 2 "^matinee train: $option $rate: must be a number from 0 to below 1\$" \
            train --model lstm-dropout $option $rate --out out
    done
done
refuse 2 '^matinee train: --dropout: lstm drops nothing .*; use --model lstm-dropout or ' train --dropout 0.2 --out out
refuse 2 '^matinee train: --filters: lstm-dropout has no Conv1D; ' train --model lstm-dropout --filters 8 --out out
refuse 2 '^matinee summary: --pool-size: bilstm has no Conv1D; ' summary bilstm --pool-size 3
refuse 2 '^matinee train: lstm-reversed: bidirectional contradicts it, .* take bilstm$' train --model lstm-reversed --bidirectional --out out
refuse 2 '^matinee train: layer max_pooling1d: pool_size is 41, but its input has 40 steps; ' \
    "${try[@]}" --model cnn-lstm --pool-size 41
refuse 2 '^matinee train: --layers 17: must be ' train --layers 17
refuse 2 '^matinee train: lstm: 0 LSTM layers; must be at least 1 without global pooling$' train --layers 0
for option in "--units 8" --bidirectional "--recurrent-dropout 0.2" "--recurrent-activation sigmoid" "--gate-masks shared"; do
    # shellcheck disable=SC2086
    refuse 2 "^matinee summary: ${option%% *}: is of an LSTM, and with --layers 0 best has none; leave one of the two out\$" \
        summary best --layers 0 $option
done
refuse 2 '^matinee summary: --dropout: is of an LSTM, ' \
    summary lstm-gate-dropout --layers 0 --global-pooling max --dropout 0.3
expect 0 summary lstm-dropout --layers 0 --global-pooling max --dropout 0.3
refuse 2 '^matinee train: .* 16 LSTM layers .*; ask for at most 14$' train --layers 16 --out out
refuse 2 ' 15 LSTM layers .*; ask for at most 6$' train --layers 15 --model lstm-dropout --out out
refuse 2 ' 13 LSTM layers .*; ask for at most 12$' train --layers 13 --model cnn-lstm --out out
expect 0 summary lstm --layers 14
expect 0 summary lstm-dropout --layers 6
expect 0 summary cnn-lstm --layers 12
expect 0 summary cnn-lstm-dropout --layers 5
refuse 2 ' 6 LSTM layers .*; ask for at most 5$' train --layers 6 --model cnn-lstm-dropout --out out
refuse 2 '^matinee train: layer dropout: dropout is 0\.999999999; must be at most 0\.99999994$' \
    train --model lstm-dropout --dropout .999999999 --out out
refuse 2 '^matinee train: --gate-masks: no LSTM of lstm drops ' train --gate-masks shared --out out
refuse 2 '^matinee train: --recurrent-activation tanh: must be ' train --recurrent-activation tanh
refuse 2 '^matinee train: --gate-masks none: must be ' train --gate-masks none
refuse 2 '^matinee train: --dropout: .*m1_step3.keras has its own; ' train --model "$model" --dropout 0.2 --out out
refuse 2 '^matinee train: --bidirectional: config.json has its own; ' train --model config.json --bidirectional
refuse 2 '^matinee train: --units 7: config.json was made with 100; ' train --model config.json --units 7 --out out
refuse 2 '^matinee train: --train-limit 13: reviews has 12 training reviews$' "${try[@]}" --train-limit 13
refuse 2 '^matinee train: --validation 0\.9+: of 1 training reviews ' "${try[@]}" --validation 0.99999999 --train-limit 1
refuse 2 '^matinee evaluate: an argument is missing: evaluate MODEL$' evaluate
refuse 2 '^matinee predict: there is no text' predict "$model"
refuse 2 '^matinee data: infos: must be info, words, export, cache or clear-cache$' data infos
refuse 2 '^matinee data: export needs --out' data export
untouched

echo "data"
refuse 1 '^matinee: nowhere: ' train --data nowhere --out out
mkdir empty no_neg no_neg/train no_neg/train/pos
refuse 1 '^matinee: empty/train/pos: ' train --data empty --out out
refuse 1 '^matinee: no_neg' train --data no_neg --out out
tar -czf whole.tar.gz reviews
head -c 300 whole.tar.gz >half.tar.gz
expect 0 data words --data whole.tar.gz
refuse 1 '^matinee: half\.tar\.gz: ' train --data half.tar.gz --out out
: >nothing.tar.gz
refuse 1 '^matinee: nothing\.tar\.gz: ' train --data nothing.tar.gz --out out
MATINEE_DATA=nowhere refuse 1 'MATINEE_DATA.*nowhere|nowhere.*MATINEE_DATA' train --out out
cp -r reviews bytes && printf 'good \xff film' >bytes/train/pos/3_9.txt
refuse 1 '^matinee: bytes: train/pos/3_9\.txt: .*UTF-8' train --data bytes --out out
cp -r reviews hollow && : >hollow/test/neg/0_2.txt
refuse 1 '^matinee: hollow: test/neg/0_2\.txt: ' train --data hollow --out out
cp -r reviews huge && head -c 10000000 /dev/zero | tr '\0' a >huge/train/neg/0_2.txt
refuse 1 '^matinee: huge: train/neg/0_2\.txt: ' train --data huge --out out
untouched

echo "tables"
printf 'text,label\na good film,1\n"bad\nfilm",0\n' >good.csv
table() { # table TEXT PATTERN: refused as a.csv, which the pattern begins behind
    # shellcheck disable=SC2059
    printf "$1" >a.csv
    refuse 1 "^matinee: a\\.csv: $2" train --data a.csv --out out
}
table 'text,label\nx,1\n"y,0\n' 'line 3: its quote is never closed; '
table 'text,label\n"x\n",1\ny,meh\n' "line 4: the label is 'meh'; it must be 0 or 1, "
table 'text,label\nx,1\ny\n' 'line 3: has 1 column where line 1 has 2; '
table 'text,stars\nx,1\n' 'line 1: no column is named label or sentiment .*--label-column$'
table '' 'is empty; '
table 'x\0,1\n' 'line 1: has a zero byte; '
table 'text,label\n\xe9,1\n' 'line 2: the review is not UTF-8 '
table 'text,label\nx,1\ny,1\n' 'no label is negative '
cp good.csv read.csv
refuse 2 '^matinee train: --log \./read\.csv: is a file that is read; give the log another name$' \
    train --data read.csv --log ./read.csv --out out
cmp good.csv read.csv || fail "a log took the place of the data"
head -c 20000 /dev/urandom >noise.csv
refuse 1 '^matinee: noise\.csv: ' train --data noise.csv --out out
{ printf '"' && head -c 5000000 /dev/zero | tr '\0' a; } >endless.csv
refuse 1 '^matinee: endless\.csv: line 1: a field is larger than 1048576 bytes; ' train --data endless.csv --out out
refuse 2 '^matinee train: --validation test: good\.csv has no test reviews; give --test FILE or --test 0\.2, ' \
    train --data good.csv --validation test --out out
refuse 1 '^matinee: good\.csv: --test 0\.9 leaves none of 1 negative reviews ' train --data good.csv --test 0.9 --out out
refuse 2 '^matinee train: --test 1\.5: must be a file, or a fraction ' train --data good.csv --test 1.5 --out out
refuse 1 '^matinee: nowhere\.csv: No such file .*; name a \.csv ' train --data good.csv --test nowhere.csv --out out
refuse 1 '^matinee: reviews: is no \.csv or \.tsv; leave --test out$' train --data reviews --test 0.2 --out out
refuse 1 '^matinee: sample: is no \.csv or \.tsv; leave --no-quotes out$' train --data sample --no-quotes --out out
refuse 1 '^matinee: good\.csv: has no test reviews, .*m1_step3\.keras, .*--test, .*--word-index$' evaluate "$model" --data good.csv
untouched

echo "model files"
refuse 1 '^matinee: nowhere\.keras: ' evaluate nowhere.keras --data reviews
echo "no zip" >text.keras
refuse 1 '^matinee: text\.keras: ' predict text.keras film
head -c 1000 "$model" >half.keras
refuse 1 '^matinee: half\.keras: ' summary half.keras
refuse 1 '^matinee: half\.keras: ' train --model half.keras --data reviews --out out
refuse 1 '^matinee: .*m1_step3\.keras: has no vocabulary.*--data PATH' predict "$model" film
untouched

echo "conversions"
cp "$model" in.keras
expect 0 convert in.keras in.weights.h5
ln -s in.keras link.keras
refuse 2 '^matinee convert: in\.keras: is the file that is read; ' convert in.keras in.keras
refuse 2 '^matinee convert: link\.keras: is the file that is read; ' convert in.keras link.keras
refuse 2 '^matinee convert: out\.h5: cannot tell what to write; .*\.safetensors$' convert in.keras out.h5
refuse 2 '^matinee convert: --model: in\.keras has an architecture of its own; ' \
    convert in.keras out.keras --model lstm
refuse 2 '^matinee convert: --units: belongs to a preset, ' convert in.keras out.keras --units 6
refuse 2 '^matinee convert: --maxlen: belongs to a preset, ' convert in.weights.h5 out.keras --model in.keras --maxlen 9
refuse 2 '^matinee convert: --backend jax: must be theano or tensorflow$' convert in.keras out.keras --backend jax
refuse 1 '^matinee: in\.weights\.h5: holds weights and no architecture; name that, too: matinee convert ' \
    convert in.weights.h5 out.keras
refuse 1 '^matinee: in\.weights\.h5: holds weights and no architecture; ' evaluate in.weights.h5 --data reviews
refuse 1 '^matinee: in\.weights\.h5: .*the configuration asks for' convert in.weights.h5 out.keras --model lstm
refuse 1 '^matinee: nowhere/out\.keras: ' convert in.keras nowhere/out.keras
head -c 20000 in.weights.h5 >half.h5
refuse 1 '^matinee: half\.h5: not a whole HDF5 file ' summary half.h5
file_limit=8 refuse 1 '^matinee: full\.weights\.h5: cannot write the file: File too large' convert in.keras full.weights.h5
cmp in.keras "$model" || fail "convert changed what it read"
[ ! -e out.keras ] && [ ! -e full.weights.h5 ] || fail "a refused conversion wrote a file"
rm in.keras link.keras in.weights.h5
untouched

echo "configurations"
# edited FILE EXPRESSION: a golden configuration with one thing that is not supported, in bad.json.
edited() {
    sed "$2" "$fixtures/golden/$1" >bad.json
    ! cmp -s bad.json "$fixtures/golden/$1" || fail "$1: $2 changes nothing"
}
refuse 1 '^matinee: nowhere\.json: ' train --model nowhere.json --data reviews --out out
head -c 1000 config.json >bad.json
refuse 1 '^matinee: bad\.json: ' summary bad.json
edited config_m1.json 's/"class_name": "LSTM"/"class_name": "GRU"/'
refuse 1 '^matinee: bad\.json: layer lstm of class GRU: .*Bidirectional' train --model bad.json --data reviews --out out
edited config_m1.json 's/"activation": "tanh"/"activation": "relu"/'
refuse 1 '^matinee: bad\.json: layer lstm .*activation = "relu" is not supported' summary bad.json
edited config_m1.json 's/"recurrent_initializer": "orthogonal"/"recurrent_initializer": "ones"/'
refuse 1 '^matinee: bad\.json: layer lstm .*recurrent_initializer = "ones" is not supported' \
    train --model bad.json --data reviews --out out
for command in "evaluate config.json --data reviews" "predict config.json film"; do
    refuse 1 '^matinee: config.json: is a configuration without weights; .*train --model config.json$' $command
done
edited config_m1.json 's/"mask_zero": false/"mask_zero": true/'
refuse 1 '^matinee: bad\.json: layer embedding: mask_zero is supported before a GlobalAveragePooling1D, ' summary bad.json
edited config_m4.json 's/"merge_mode": "concat"/"merge_mode": "sum"/'
refuse 1 '^matinee: bad\.json: layer bidirectional .*merge_mode = "sum" is not supported' summary bad.json
untouched

echo "texts"
expect 0 "${try[@]}"
mv out trained
refuse 1 '^matinee: text 2: ' predict trained/model.keras "a good film" "xyzzy"
says '  a good film$'
refuse 1 '^matinee: text 1: ' predict trained/model.keras ""
printf '\na good film\n\r\n\xff\n' >texts
refuse 1 '^matinee: texts, line 4: .*UTF-8' predict trained/model.keras --file texts
says '  a good film$'
refuse 1 '^matinee: nowhere: .*; give a readable file' predict trained/model.keras --file nowhere
refuse 1 '^matinee: empty: .*; give a readable file' predict trained/model.keras --file empty
printf '\n\r\n\r' >texts
refuse 1 '^matinee: texts: is empty' predict trained/model.keras --file texts
refuse 1 '^matinee: standard input: is empty' predict trained/model.keras --file - </dev/null
refuse 2 '^matinee predict: --data reviews: .* has a vocabulary of its own' predict trained/model.keras --data reviews film
refuse 2 '^matinee predict: --text-column: .* has a vocabulary of its own' predict trained/model.keras --text-column 1 film
printf 'id,text\n1,a good film\n2,"\nxyzzy"\n' >texts.csv
refuse 1 '^matinee: texts\.csv: line 3: the review has no word ' predict trained/model.keras --file texts.csv
says '  a good film$'
refuse 1 '^matinee: texts\.csv: line 1: --text-column body: no column has ' predict trained/model.keras --file texts.csv \
    --text-column body
refuse 2 '^matinee predict: --label-column: .* has a vocabulary' predict trained/model.keras --file texts.csv --label-column 1
refuse 1 '^matinee: nowhere\.csv: No such file .*; name a \.csv ' predict trained/model.keras --file nowhere.csv

echo "places to write"
echo "a file" >occupied
refuse 1 '^matinee: occupied: .*--out$' train --data reviews "${small[@]}" --out occupied
refuse 1 '^matinee: occupied/run: .*--out$' train --data reviews "${small[@]}" --out occupied/run
refuse 1 '^matinee: /proc/run: [^;]*; choose another place$' train --data reviews "${small[@]}" --out /proc/run
refuse 1 '^matinee: nowhere/log: cannot write the log: .*--log$' "${try[@]}" --log nowhere/log
refuse 1 '^matinee: nowhere/log: ' train --data reviews "${small[@]}" --out out/of/many//folders/ --log nowhere/log
untouched
refuse 1 '^matinee: nowhere/log: ' train --data reviews "${small[@]}" --log nowhere/log
[ ! -e runs ] || fail "a run that never began has left runs/ behind"
refuse 1 '^matinee: /dev/full: cannot write the log: .*--log$' "${try[@]}" --log /dev/full
untouched
if [ "$(id -u)" -ne 0 ]; then
    mkdir locked && chmod a-w locked
    refuse 1 '^matinee: locked/run: .*not writable.*--out$' train --data reviews "${small[@]}" --out locked/run
fi
refuse 1 '^matinee: occupied: ' data export --data reviews --out occupied

# A limit on the size of files stands in for a full disk: the model meets it, the log does not.
file_limit=4
refuse 1 '^matinee: out/model\.keras: cannot write .*; make room or choose another place$' "${try[@]}" --log log.jsonl
untouched
cp -r trained out
refuse 1 '^matinee: out/model\.keras: cannot write ' "${try[@]}" --seed 8
file_limit=unlimited
holds out history.csv model.keras predictions.csv report.html run.json
cmp out/model.keras trained/model.keras || fail "a failed write has harmed the model that was there"
status=0
"$program" summary lstm >/dev/full 2>stderr || status=$?
[ "$status" -eq 1 ] || fail "standard output on a full disk: exit status $status"
grep -q '^matinee: standard output: cannot write: ' stderr || fail "standard output on a full disk"
awk 'BEGIN { for (i = 0; i < 1100; i++) print "a good film"; print "xyzzy" }' >texts
status=0
"$program" predict trained/model.keras --file texts >/dev/full 2>stderr || status=$?
[ "$status" -eq 1 ] || fail "predictions on a full disk: exit status $status"
grep -q '^matinee: standard output: cannot write: ' stderr || fail "predict went on although nothing could be written"

echo "memory"
# 64 rows of 100000 steps of 512 units take more than 64 GiB.
if awk '$1 == "MemAvailable:" { exit !($2 < 60 * 1024 * 1024) }' /proc/meminfo; then
    refuse 1 '^matinee: training needs .* GB of memory and .* are free; take a smaller --batch-size or --maxlen$' \
        train --data reviews --maxlen 100000 --units 512 --out out --dry-run
fi
# Four arenas of 2e9 parameters; a million steps. Refused before there are weights or reviews of that size.
if awk '$1 == "MemAvailable:" { exit !($2 < 28 * 1024 * 1024) }' /proc/meminfo; then
    refuse 1 '^matinee: training needs [23].* GB of memory and .*; take a smaller --vocabulary or --embedding$' \
        train --data reviews --vocabulary 10000000 --embedding 200 --out out --dry-run
    refuse 1 '^matinee: training needs .* GB of memory and .*; take a smaller --batch-size or --maxlen$' \
        train --data sample --maxlen 1000000 --out out --dry-run
fi
echo "all as refused"
