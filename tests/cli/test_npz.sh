#!/usr/bin/env bash
# Keras' own data files, from the command line: imdb.npz as data, imdb_word_index.json as words.
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
make_reviews reviews
bare=$fixtures/golden/m1_step3.keras # of Keras: no vocabulary

echo "export"
expect 0 data export --data reviews --out keras
says '^Wrote keras/imdb_word_index\.json: 21 words of reviews$'
says '^Wrote keras/imdb\.npz: 12 training and 4 test reviews of reviews$'
expect 0 data export --data reviews --out again --json
says '"npz": "again/imdb\.npz"'
cmp keras/imdb.npz again/imdb.npz || fail "equal reviews do not give equal bytes"
expect 0 data export --data keras/imdb.npz --out again
cmp keras/imdb.npz again/imdb.npz || fail "an imdb.npz that is exported again is another"
cmp keras/imdb_word_index.json again/imdb_word_index.json || fail "its word index is another"
mkdir alone && cp keras/imdb.npz alone
file_limit=400
refuse 1 '^matinee: full/imdb\.npz: cannot write the file: ' data export --data sample --out full
file_limit=unlimited
holds full imdb_word_index.json

echo "describe"
expect 0 data info --data keras/imdb.npz
says '^keras/imdb\.npz: 21 words$'
says '^reviews +12 +4$'
expect 0 data words --data keras/imdb.npz --count 1
cp stdout words
expect 0 data words --data reviews --count 1
cmp stdout words || fail "the words of imdb.npz are others than those of the text"
expect 0 data info --data alone/imdb.npz
says '^alone/imdb\.npz: ranks without words$'
expect 0 data info --data alone/imdb.npz --json
says '"word_index": null'
expect 0 data export --data alone/imdb.npz --out lonely
holds lonely imdb.npz
refuse 1 '^matinee: alone/imdb\.npz: holds ranks and no words; .*--word-index FILE$' data words --data alone/imdb.npz
expect 0 data words --data alone/imdb.npz --word-index keras/imdb_word_index.json --count 1
cmp stdout words || fail "--word-index does not name the words"

echo "train"
expect 0 train --data reviews "${small[@]}" --out text --quiet
expect 0 train --data keras/imdb.npz "${small[@]}" --out ranks
says '^Words: keras/imdb_word_index\.json$'
cmp text/model.keras ranks/model.keras || fail "imdb.npz trains another model than the text that it was made of"
expect 0 train --data alone/imdb.npz "${small[@]}" --out bare
says '^Words: none; the data are ranks alone, .*--word-index to predict text$'
expect 0 train --model ranks/model.keras --data alone/imdb.npz --epochs 1 --out on
says "^Words: the data are ranks alone; they are taken for those of the model's vocabulary\$"

echo "evaluate"
expect 0 evaluate text/model.keras --data reviews
sed -n 's/ in [0-9.]* s$//; s/^accuracy/&/p' stdout >score
[ -s score ] || fail "no score"
for data in keras/imdb.npz alone/imdb.npz; do
    for model in text/model.keras bare/model.keras; do
        expect 0 evaluate "$model" --data "$data"
        sed -n 's/ in [0-9.]* s$//; s/^accuracy/&/p' stdout >other
        cmp score other || fail "$model on $data has another score"
    done
done
says '^Vocabulary: bare/model\.keras has none; words are numbered by their ranks in the data$'
expect 0 evaluate bare/model.keras --data reviews --word-index keras/imdb_word_index.json
says '^Vocabulary: .* has none; words are numbered by the word index$'
refuse 2 '^matinee evaluate: --word-index .*: the model has a vocabulary of its own and the reviews are text' \
    evaluate text/model.keras --data reviews --word-index keras/imdb_word_index.json

echo "a table without test reviews"
cat reviews/train/{pos,neg}/*.txt | sed 's/^A.*/"&",1/; s/1$/0/; /wonderful/s/0$/1/' >table.csv
sed -i '1i text,label' table.csv
expect 0 data export --data table.csv --out tabled
says '^Wrote tabled/imdb\.npz: 12 training and 0 test reviews of table\.csv$'
expect 0 data export --data tabled/imdb.npz --out again
cmp tabled/imdb.npz again/imdb.npz || fail "an imdb.npz without test reviews that is exported again is another"
expect 0 train --data table.csv "${small[@]}" --out texts --quiet
expect 0 train --data tabled/imdb.npz "${small[@]}" --out ranked
says '^Validation: on the last fifth of the training reviews, .*; --validation chooses others$'
cmp texts/model.keras ranked/model.keras || fail "its imdb.npz trains another model than the table"
refuse 1 '^matinee: tabled/imdb\.npz: has no test reviews; name data that have some$' \
    evaluate texts/model.keras --data tabled/imdb.npz
refuse 2 '^matinee train: --validation test: tabled/imdb\.npz has no test reviews; give --validation a fraction or none$' \
    train --data tabled/imdb.npz --validation test --out out

echo "predict"
expect 0 predict text/model.keras "A wonderful film."
cp stdout prediction
refuse 1 '^matinee: bare/model\.keras: has no vocabulary, .*--word-index FILE' predict bare/model.keras film
expect 0 predict bare/model.keras --word-index keras/imdb_word_index.json "A wonderful film."
cmp stdout prediction || fail "--word-index numbers the words otherwise"
expect 0 predict bare/model.keras --data keras/imdb.npz "A wonderful film."
cmp stdout prediction || fail "the words beside imdb.npz are numbered otherwise"
expect 0 predict "$bare" --data reviews "A wonderful film."
cp stdout prediction
expect 0 predict "$bare" --word-index keras/imdb_word_index.json "A wonderful film."
cmp stdout prediction || fail "Keras' model takes other ids from --word-index than from --data"
refuse 1 '^matinee: alone/imdb\.npz: holds ranks and no words; ' predict "$bare" --data alone/imdb.npz film
refuse 2 '^matinee predict: --word-index: .*; leave one of them out$' \
    predict "$bare" --data reviews --word-index keras/imdb_word_index.json film
refuse 2 '^matinee predict: --word-index .*: text/model\.keras has a vocabulary of its own' \
    predict text/model.keras --word-index keras/imdb_word_index.json film

echo "refused"
printf '{"the": 0}' >zero.json
refuse 1 '^matinee: zero\.json: the rank of "the" is no whole number from 1 to ' predict "$bare" --word-index zero.json film
refuse 1 '^matinee: nowhere\.json: No such file' predict "$bare" --word-index nowhere.json film
refuse 1 '^matinee: nowhere\.npz: No such file' train --data nowhere.npz --out out
head -c 400 keras/imdb.npz >half.npz
refuse 1 '^matinee: half\.npz: not a whole \.npz file' train --data half.npz --out out
MATINEE_DATA=half.npz refuse 1 '^matinee: MATINEE_DATA: half\.npz: not a whole' train --out out
[ ! -e out ] || fail "out was made"
echo "all of Keras' data files"
