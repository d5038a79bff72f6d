#!/usr/bin/env bash
# All checks that need a GPU, in under ten minutes:
#     scripts/gpu_check.sh [quick|full] [--out DIRECTORY] [--data PATH] [--only STAGE,STAGE]
#     scripts/gpu_check.sh --rehearse --programs DIRECTORY [...]
# Stages: env, build, parity, sanitizer, train, bench, ncu. Each has a time limit of its own, and the next one runs whatever
# became of it. Writes at most nine small files to DIRECTORY (gpu_check.out), ends with a table that puts what was
# predicted beside what was measured, and exits with the number of stages that failed.
# quick       leaves the sanitizer out and trains two models to the end, not all
# --data      reviews to train on; otherwise $MATINEE_DATA, the bundle's, or the built-in sample
# --rehearse  the same over an emulated GPU with tiny shapes, which shows that the script works and nothing else;
#             --programs names the build directory (of a bundle: itself)
# It runs in a checkout, where CMake builds what is missing, or in what scripts/gpu_bundle.sh packed. It changes no
# setting of the GPU.
set -euo pipefail
export LC_ALL=C
export PATH=$PATH:/usr/local/cuda/bin:/usr/local/nvidia/bin
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
    sed -n '3,4s/^#  *//p' "${BASH_SOURCE[0]}" >&2
    exit 2
}

mode=full out=gpu_check.out data=${MATINEE_DATA:-} rehearse="" programs="" stages=env,build,parity,sanitizer,train,bench,ncu
while [ $# -gt 0 ]; do
    case "$1" in
    quick | full) mode=$1 ;;
    --rehearse) rehearse=yes ;;
    --out | --data | --only | --programs)
        [ -n "${2:-}" ] || usage
        case "$1" in
        --out) out=$2 ;;
        --data) data=$2 ;;
        --only) stages=$2 ;;
        --programs) programs=$2 ;;
        esac
        shift
        ;;
    *) usage ;;
    esac
    shift
done
if [ -n "$rehearse" ]; then
    data=sample
elif [ -z "$data" ]; then
    data=$(find "$root/data" -maxdepth 1 -name '*.tar.*' 2>/dev/null | head -n 1 || true)
fi

has_gpu() {
    compgen -G '/dev/nvidia[0-9]*' >/dev/null || nvidia-smi -L 2>/dev/null | grep -q '^GPU'
}
if [ -z "$rehearse" ] && ! has_gpu; then
    echo "gpu_check: no NVIDIA GPU here (no /dev/nvidia0, and nvidia-smi lists none); run this on a machine with one" >&2
    exit 1
fi

mkdir -p "$out"
out=$(cd "$out" && pwd)
rm -f "$out"/{env.json,build.txt,parity.json,sanitizer.txt,train.json,bench.json,ncu.csv,log.txt,table.txt}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
commit=$(cat "$root/COMMIT" 2>/dev/null || git -C "$root" rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
if [ -n "$programs" ]; then
    programs=$(cd "$programs" && pwd)
elif [ -f "$root/COMMIT" ]; then
    programs=$root
else
    programs=$root/build/gpu
fi
export MATINEE_CACHE=$work/cache
export GPU_ROOT=$root GPU_OUT=$out GPU_WORK=$work GPU_MODE=$mode GPU_REHEARSE=$rehearse GPU_PROGRAMS=$programs
export GPU_DATA=${data:-sample} GPU_COMMIT=$commit

# Seconds that a stage may take; together below ten minutes.
limit() {
    case "$1" in
    env) echo 20 ;;
    build) echo 120 ;;
    parity) echo 100 ;;
    sanitizer) echo 75 ;;
    train) echo 100 ;;
    bench) echo 120 ;;
    ncu) echo 25 ;;
    *) usage ;;
    esac
}

failed=0
: >"$work/stages"
for stage in ${stages//,/ }; do
    seconds=$(limit "$stage")
    began=$SECONDS status=0
    [ "$mode" = full ] || [ "$stage" != sanitizer ] || continue
    echo "== $stage (at most $seconds s)"
    GPU_DEADLINE=$(($(date +%s) + seconds - 5)) timeout -k 5 "$seconds" "$root/scripts/gpu_stages.sh" "$stage" \
        2>>"$out/log.txt" </dev/null || status=$?
    verdict=ok
    case "$status" in
    0) ;;
    124 | 137) verdict="FAILED: not done in $seconds s" ;;
    *) verdict=FAILED ;;
    esac
    [ "$status" -eq 0 ] || failed=$((failed + 1))
    printf '%-10s %5d s  %s\n' "$stage" $((SECONDS - began)) "$verdict" | tee -a "$work/stages"
done

{
    echo "gpu_check $mode${rehearse:+, a rehearsal without a GPU}, commit $commit"
    cat "$work/stages"
    "$root/scripts/gpu_table.sh" "$out"
} >"$out/table.txt"
echo
cat "$out/table.txt"
exit "$failed"
