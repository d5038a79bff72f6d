#!/usr/bin/env bash
# Looking into a model: neighbors, and predict --explain.
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
make_reviews reviews
mkdir cache # the program makes it only once the files of reviews are two seconds old
model=$fixtures/golden/m1_step3.keras

# The model keeps the 8 most frequent words of the training reviews, and reads 6 tokens.
expect 0 train --data reviews --vocabulary 12 --units 4 --embedding 3 --maxlen 6 --epochs 20 --learning-rate 0.05 \
    --out run --quiet
expect 0 data words --data reviews --json
mapfile -t words < <(sed -nE 's/^ *"word": "(.*)"$/\1/p' stdout)
[ "${#words[@]}" -gt 10 ] || fail "the reviews have only ${#words[@]} words"

# part KEY: the values of a member in JSON of one line, one a line.
part() {
    grep -Eo "\"$1\":[^,}]+" stdout | cut -d: -f2- | tr -d '"'
}

# close A B
close() {
    awk -v a="$1" -v b="$2" 'BEGIN { d = a - b; exit !(a != "" && b != "" && d <= 1e-6 && -d <= 1e-6) }' ||
        fail "$1 and $2 differ"
}

echo "neighbors"
expect 0 neighbors run/model.keras "${words[2]}"
says "^${words[2]}: rank 3; nearest by the cosine similarity of 3 numbers\$"
[ "$(wc -l <stdout)" -eq 9 ] || fail "not a line for each of the 7 other words"
[ "$(tail -n +3 stdout | awk '{ print $4 }' | sort | xargs)" = \
    "$(printf '%s\n' "${words[@]:0:8}" | grep -vx "${words[2]}" | sort | xargs)" ] || fail "not the 7 other words"
tail -n +3 stdout | awk '{ if (NR > 1 && $2 > last) exit 1; last = $2; if ($1 != NR) exit 1 }' ||
    fail "neighbors are not in order"
tail -n +3 stdout | awk '{ print $2, $4 }' | tac >reversed
expect 0 neighbors run/model.keras "${words[2]^^}" --farthest
tail -n +3 stdout | awk '{ print $2, $4 }' | cmp - reversed || fail "--farthest is not the other way round"
expect 0 neighbors run/model.keras "${words[2]}" --count 2
[ "$(wc -l <stdout)" -eq 4 ] || fail "--count 2 does not list two"
expect 0 neighbors run/model.keras "${words[0]}" --count 1 --json
says '^  "word": "'"${words[0]}"'",$'
says '^  "rank": 1,$'
says '^  "id": 4,$'
says '^  "numbers": 3,$'
says '^  "nearest": \[$'
says '^      "similarity": -?[01](\.[0-9]+)?(e-[0-9]+)?$'
refuse 1 '^matinee: "xyzzy" was never seen in training' neighbors run/model.keras xyzzy
refuse 1 "^matinee: \"${words[8]}\" has rank 9, and only the 8 most frequent words " \
    neighbors run/model.keras "${words[8]}"
refuse 1 '^matinee: "good-film" is more than one word ' neighbors run/model.keras good-film
refuse 1 '^matinee: .*m1_step3\.keras: has no vocabulary.*--data PATH' neighbors "$model" film
expect 0 neighbors "$model" film --data reviews
refuse 2 '^matinee neighbors: --data reviews: .* has a vocabulary of its own' \
    neighbors run/model.keras film --data reviews
refuse 2 '^matinee neighbors: an argument is missing' neighbors run/model.keras

echo "explaining"
# Replacing a word is what the same text with a rare word in its place gives.
text="${words[0]} xyzzy, ${words[3]} ${words[9]} ${words[1]}! ${words[3]}"
expect 0 predict run/model.keras --json "$text"
probability=$(part probability)
expect 0 predict run/model.keras --json "${words[9]} ${words[3]} ${words[9]} ${words[1]} ${words[3]}" \
    "${words[0]} ${words[9]} ${words[9]} ${words[1]} ${words[3]}" \
    "${words[0]} ${words[3]} ${words[9]} ${words[9]} ${words[3]}" \
    "${words[0]} ${words[3]} ${words[9]} ${words[1]} ${words[9]}"
part probability >by_hand
expect 0 predict run/model.keras --explain --json "$text"
[ "$(wc -l <stdout)" -eq 1 ] || fail "not one line of JSON for a text"
close "$(part probability)" "$probability"
[ "$(part state | xargs)" = "read unseen read outside read read" ] || fail "states: $(part state | xargs)"
[ "$(part without | wc -l)" -eq 4 ] || fail "not four words without which there is a probability"
paste by_hand <(part without) | while read -r a b; do close "$a" "$b"; done
paste <(part push) by_hand | while read -r push without; do
    close "$push" "$(awk -v p="$probability" -v w="$without" \
        'BEGIN { printf "%.9f", log(p / (1 - p)) - log(w / (1 - w)) }')"
done

expect 0 predict run/model.keras --explain "$text"
says "^$(printf %.4f "$probability")  (positive|negative)  ${words[0]} xyzzy, "
says '^      push  without    at  word$'
says "^ +[-+][0-9.]+ +[0-9.]+ +6  ${words[3]}\$"
says '^never seen in training, not read: xyzzy$'
says "^too rare for numbers of their own: ${words[9]}\$"
! grep -q $'\033' stdout || fail "colours in a file"
expect 0 predict run/model.keras --explain --count 1 "$text"
says '^and 3 more$'
expect 0 predict run/model.keras --explain "${words[0]} ${words[1]} ${words[2]} ${words[3]} ${words[4]} ${words[5]} ${words[6]}"
says "^too far from the end, not read: ${words[0]}\$"
rare=${words[9]}
expect 0 predict run/model.keras --explain "${words[0]} $rare $rare $rare $rare $rare $rare"
says "^too rare for numbers of their own: $rare, $rare, $rare, $rare, $rare, $rare\$"
! grep -Eq '^ +[-+]' stdout || fail "a text that is read as rare words alone has a word with a push"

echo "colours"
if command -v script >/dev/null; then
    # on_terminal ENVIRONMENT...: an explanation printed to a terminal, in ./stdout.
    on_terminal() {
        script -qec "env $* '$program' predict run/model.keras --explain '${words[0]} xyzzy'" /dev/null </dev/null \
            >stdout 2>stderr || fail "explaining on a terminal"
    }
    on_terminal TERM=xterm
    grep -q $'\033\[2mxyzzy\033\[0m' stdout || fail "no colours on a terminal"
    for environment in "TERM=xterm NO_COLOR=1" TERM=dumb TERM=; do
        # shellcheck disable=SC2086
        on_terminal $environment
        ! grep -q $'\033' stdout || fail "colours with $environment"
    done
fi

echo "a page"
printf '%s <b>&\n\n%s\n' "$text" "${words[1]}" >texts
expect 0 predict run/model.keras --explain --file texts --html page.html
says '^Wrote page\.html$'
[ "$(grep -c '<h2>' page.html)" -eq 2 ] || fail "not two texts on the page"
grep -q '^<h2>3: ' page.html || fail "the page does not number texts by their lines"
grep -q '</html>' page.html || fail "the page has no end"
! grep -q '<b>' page.html || fail "a text's < is no text on the page"
cp page.html before.html
echo xyzzy >>texts
refuse 1 '^matinee: texts, line 4: .*no word that the model knows' \
    predict run/model.keras --explain --file texts --html page.html
says "^too rare|^ +[-+]"
cmp page.html before.html || fail "a refused text has changed the page"
for file in run/model.keras texts; do
    cp $file read
    refuse 2 "^matinee predict: --html ./$file: is a file that is read; give the page another name\$" \
        predict run/model.keras --explain --file texts --html ./$file
    cmp $file read || fail "a page took the place of $file"
done
rm read
holds . before.html by_hand cache page.html reversed reviews run stderr stdout texts
refuse 1 '^matinee: nowhere/page\.html: cannot create ' predict run/model.keras --explain "$text" --html nowhere/page.html
refuse 2 '^matinee predict: --html: belongs to --explain' predict run/model.keras "$text" --html page.html
refuse 2 '^matinee predict: --count: belongs to --explain' predict run/model.keras "$text" --count 3
expect 0 predict "$model" --data reviews --explain "a wonderful film"
echo "all as understood"
