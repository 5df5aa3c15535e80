#!/bin/sh
# All that is measured on a machine with an NVIDIA GPU, each part with a time limit; what it printed goes to RESULTS.
# sh bench/gpu.sh RESULTS [PART …]   parts: adapter cases matmul kernels steps scaling pytorch (default: all)
# MODELS="1m 18m 25m 110m" and METHODS="lora full" choose the steps. Runs from the checkout or from a bundle (bundle.ts).
# It stops where the adapter is no GPU; SOFTWARE=1 rehearses it on one that is not. RESULTS.tar.gz is written anew after
# each part, so that a stop loses nothing.
here=$(cd "$(dirname "$0")" && pwd)
results=${1:?usage: sh bench/gpu.sh RESULTS [PART ...]}
shift
[ $# -eq 0 ] && set -- adapter cases matmul kernels steps scaling pytorch
models=${MODELS:-1m 18m 25m 110m}
methods=${METHODS:-lora full}
mkdir -p "$results"
results=$(cd "$results" && pwd)
cd "$here/.." || exit 1

# NAME SECONDS COMMAND…: runs it, keeps its output in RESULTS/NAME.txt, and says how it ended.
run() {
  name=$1 limit=$2
  shift 2
  start=$(date +%s)
  timeout "$limit" "$@" >"$results/$name.txt" 2>&1
  ended=$?
  echo "$name: exit $ended after $(($(date +%s) - start)) s" | tee -a "$results/summary.txt"
  tar -czf "$results.tar.gz" -C "$(dirname "$results")" "$(basename "$results")"
  return $ended
}

# NAME SECONDS PROGRAM OPTIONS…: one of ours, from its source or from the bundle.
ours() {
  name=$1 limit=$2 program=$3
  shift 3
  if [ -f "$here/$program.js" ]; then
    run "$name" "$limit" node "$here/$program.js" "$@"
  else
    run "$name" "$limit" npx tsx "$here/$program.ts" "$@"
  fi
}

if [ -z "$SOFTWARE" ] && ! ours adapter 60 adapter --gpu; then
  echo "the adapter is no GPU, or there is none: see $results/adapter.txt; SOFTWARE=1 runs all the same" >&2
  exit 3
fi
for part in "$@"; do
  case $part in
  adapter)
    [ -z "$SOFTWARE" ] || ours adapter 60 adapter
    run nvidia-smi 20 nvidia-smi
    ;;
  cases) ours cases 600 cases ;;
  matmul)
    for layout in NN NT TN; do ours "matmul-$layout" 400 matmul --size 2048 --sweep --only "$layout"; done
    ;;
  kernels) ours kernels 300 kernels --json "$results/kernels.json" ;;
  steps)
    for model in $models; do
      for method in $methods; do
        ours "step-$model-$method" 300 step --model "$model" --method "$method" --steps 30 --seconds 20 \
          --json "$results/step-$model-$method.json"
      done
    done
    ;;
  scaling) ours scaling 120 scaling --steps 30 --json "$results/scaling.json" ;;
  pytorch)
    for model in $models; do
      for method in $methods; do
        run "pytorch-$model-$method" 120 python3 "$here/pytorch.py" --model "$model" --method "$method" --steps 30 \
          --json "$results/pytorch-$model-$method.json"
      done
    done
    ;;
  *)
    echo "unknown part $part" >&2
    exit 2
    ;;
  esac
done
exit 0
