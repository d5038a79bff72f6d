#!/usr/bin/env bash
# bench/peers/compare.py with ours and the peers replaced: whose turn it is, the ratios, what is said of a peer that is
# not there, cannot or fails. bench/peers/setup.sh with Python's venv replaced.
set -euo pipefail
export LC_ALL=C
peers=$1
command -v python3 >/dev/null || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python=$(command -v python3)

fail() {
    echo "$1"
    cat output errors calls peers.json 2>/dev/null || true
    exit 1
}

# Ours takes 10 ms a step, 20 of bilstm.
mkdir bin
cat >bin/bench_step <<'EOF'
#!/usr/bin/env bash
echo "ours on $(nproc): $*" >>calls
case "$*" in
*--model\ unheard*) echo "bench_step: unheard: no such model" >&2; exit 1 ;;
*--model\ bilstm\ *) us=20000 ;;
*) us=10000 ;;
esac
echo "{\"name\": \"step\", \"median_us\": $us, \"device\": \"cpu, a kernel\"}"
EOF
cat >bin/matinee <<'EOF'
#!/usr/bin/env bash
echo "matinee $*" >>calls
while [ "$1" != --out ]; do shift; done
touch "$2/imdb.npz"
EOF

# A turn of PyTorch has a median of 50 ms, the next 60 and so on; JAX begins with 70. It cannot do bilstm and dies in
# the second turn of cnn-lstm.
mkdir -p there/{torch,keras-jax}/bin
cat >there/torch/bin/python <<'EOF'
#!/usr/bin/env bash
peer=${KERAS_BACKEND:-torch}
echo "$peer on $(nproc), $OMP_NUM_THREADS threads: ${1##*/} ${*:2}" >>calls
if [ "$peer $3" = "jax bilstm" ]; then
    echo '{"cannot": "no second direction"}'
    exit 0
fi
echo '{"how": "somehow", "tried": {}, "denormals": "flushed", "versions": {"'"$peer"'": "1.5"}}'
ms=50
[ "$peer" = torch ] || ms=70
while read -r steps; do
    echo "$peer takes $steps" >>calls
    if [ "$peer $3 $ms" = "jax cnn-lstm 80" ]; then
        printf 'a long story\njax: out of luck\n\n' >&2
        exit 3
    fi
    echo "{\"ms\": [1, $ms, 900], \"loss\": 0.5}"
    ms=$((ms + 10))
done
EOF
cp there/torch/bin/python there/keras-jax/bin/python
chmod +x bin/* there/*/bin/python

compare() {
    rm -f calls
    "$peers/compare.py" --program bin/bench_step --environments there --json peers.json --pause 0 "$@" >output 2>errors
}

# Of the JSON file, by Python: d is the document, m the programs of model lstm by name.
holds() {
    "$python" -c "
import json
d = json.load(open('peers.json'))
m = {record['name']: record for record in d['models'].get('lstm', [])}
assert $1" 2>>errors || fail "peers.json: not $1"
}

compare --data x/imdb.npz --models lstm,bilstm --rounds 2 --steps 4 --our-steps 6 --threads 1 --seed 3 ||
    fail "status $?"
cat >expected <<'EOF'
torch on 1, 1 threads: torch_steps.py --model lstm --data x/imdb.npz --threads 1 --seed 3
jax on 1, 1 threads: keras_steps.py --model lstm --data x/imdb.npz --threads 1 --seed 3
ours on 1: --model lstm --data x/imdb.npz --steps 6 --evaluations 0 --threads 1 --seed 3
torch takes 4
jax takes 4
ours on 1: --model lstm --data x/imdb.npz --steps 6 --evaluations 0 --threads 1 --seed 3
torch takes 4
jax takes 4
EOF
head -n 8 calls | cmp -s - expected || fail "whose turn it is"
grep -Eq '^lstm +pytorch +55\.0 +5\.50 +5\.00 +6\.00 +[0-9.]+  somehow$' output || fail "the row of a peer"
grep -Eq '^lstm +matinee +10\.0 +1\.00 ' output || fail "the row of ours"
grep -Eq '^lstm +keras-tensorflow +not installed: there/keras-tensorflow is not there; ' output || fail "a missing peer"
grep -Eq '^bilstm +keras-jax +cannot: no second direction$' output || fail "a peer that cannot"
grep -Eq '^bilstm +fastest peer: pytorch +2\.75$' output || fail "the fastest peer of one"
grep -Eq '^lstm +fastest peer: pytorch +5\.50$' output || fail "the fastest peer of two"
holds "m['pytorch']['rounds_ms'] == [50, 60] and m['pytorch']['rounds_ratio'] == [5, 6]"
holds "m['pytorch']['median_ms'] == 55 and m['pytorch']['ratio'] == 5.5 and m['pytorch']['ratio_max'] == 6"
holds "m['keras-jax']['versions'] == {'jax': '1.5'} and m['keras-jax']['denormals'] == 'flushed'"
holds "m['matinee']['how'] == 'cpu, a kernel' and len(m['matinee']['rounds_foreign']) == 2"
holds "m['keras-tensorflow']['why_not'].startswith('not installed')"
holds "d['threads'] == 1 and d['rounds'] == 2 and d['processor']['name'] and d['commit'] and d['data'] == 'imdb.npz'"

# What is no .npz is exported once for all.
compare --data aclImdb --models lstm --peers pytorch --rounds 1 --threads 1 || fail "status $?"
[ "$(grep -c '^matinee data export --data aclImdb --out ' calls)" -eq 1 ] || fail "no export"
[ "$(grep -c -- '--data [^ ]*/imdb.npz' calls)" -eq 2 ] || fail "not all read what was exported"
! grep -q keras output || fail "a peer that was not asked for"

# One that fails has no more turns; the others go on.
if compare --data x.npz --models cnn-lstm,lstm --rounds 3 --threads 1; then
    fail "a peer that fails is no failure"
fi
grep -Eq '^cnn-lstm +keras-jax +failed: ended with status 3: jax: out of luck$' output || fail "why a peer failed"
grep -Eq '^cnn-lstm +pytorch +60\.0 +6\.00 +5\.00 +7\.00 ' output || fail "the peer beside one that fails"
grep -Eq '^lstm +keras-jax +80\.0 +8\.00 ' output || fail "the next model"
printf '#!/bin/sh\necho hello\n' >there/torch/bin/python
if compare --data x.npz --models lstm --peers pytorch --threads 1; then
    fail "a peer that talks nonsense is no failure"
fi
grep -Eq "^lstm +pytorch +failed: printed 'hello'$" output || fail "what a peer said"

refused() {
    local status=0
    compare --threads 1 --data x.npz "${@:3}" || status=$?
    [ "$status" -eq "$1" ] || fail "status $status: ${*:3}"
    tail -n 1 errors | grep -qF "$2" || fail "not the message $2"
}
refused 1 'status 1: bench_step: unheard: no such model' --models unheard
refused 1 'nothing/bench_step: No such file or directory; build it' --program nothing/bench_step --models lstm
refused 1 'nowhere/peers.json: No such file or directory; give another --json' --json nowhere/peers.json
refused 1 'nothing/matinee: No such file or directory; build it' --program nothing/bench_step --data aclImdb
refused 2 'keras: no such peer; they are pytorch, keras-tensorflow, keras-jax' --peers keras
refused 2 'nan: must be between 0 and 60' --pause nan
refused 2 '0: must be at least 1' --rounds 0
refused 2 'processors are here' --threads 100000

# The peers' own scripts need what is seldom installed: here they are only read.
for script in "$peers"/*.py; do
    "$python" -c 'import ast, sys; ast.parse(open(sys.argv[1], encoding="utf-8").read())' "$script" || fail "$script"
done

# setup.sh
mkdir path
cat >path/python3 <<'EOF'
#!/usr/bin/env bash
mkdir -p "$3/bin"
cat >"$3/bin/python" <<'EOP'
#!/usr/bin/env bash
echo "$*" >>calls
[ "$3" = freeze ] || [ "$3" != install ] || [ -z "${PIP_BREAKS:-}" ] || exit 1
[ "$3" != freeze ] || printf 'torch==2.0\nsix==1\n'
EOP
chmod +x "$3/bin/python"
EOF
chmod +x path/python3
rm -f calls
if PIP_BREAKS=1 PATH=$work/path:$PATH "$peers/setup.sh" made >output 2>errors; then
    fail "setup.sh: an environment without its packages is no failure"
fi
rm calls
PATH=$work/path:$PATH "$peers/setup.sh" made >output 2>errors || fail "setup.sh"
[ "$(grep -c 'pip install' calls)" -eq 3 ] || fail "setup.sh: not three environments, or half a one was kept"
grep -qx 'made/torch: torch==2.0 ' output || fail "setup.sh: versions"
rm calls
PATH=$work/path:$PATH "$peers/setup.sh" made >output 2>errors || fail "setup.sh again"
[ ! -e calls ] || fail "setup.sh: what is there is made again"
