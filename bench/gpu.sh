#!/bin/sh
# What a machine with a GPU is asked in nine minutes: sh bench/gpu.sh RESULTS [PART …]
# parts: adapter reference int4 pytorch products cases (default, most telling first); kernels steps scaling (by name).
# Runs from the checkout or from a bundle (bundle.ts). It stops where the adapter is no GPU; SOFTWARE=1 rehearses it there,
# with one layer and few tokens. REFERENCE=Qwen2.5-0.5B is the model of the part `reference`, PYTHON that of `pytorch`.
# SECONDS_IN_ALL=540 is the time that all parts share: one that is left none is not started.
# RESULTS.tar.gz is written anew after each part, so that a stop loses nothing; bench/gpu-report.ts reads it.
here=$(cd "$(dirname "$0")" && pwd)
results=${1:?usage: sh bench/gpu.sh RESULTS [PART ...]}
shift
[ $# -eq 0 ] && set -- adapter reference int4 pytorch products cases
models=${MODELS:-110m}
methods=${METHODS:-lora full}
end=$(($(date +%s) + ${SECONDS_IN_ALL:-540}))
mkdir -p "$results"
results=$(cd "$results" && pwd)
cd "$here/.." || exit 1
# A bundle brings Node and the Vulkan loader; the driver is the machine's own.
[ -x bin/node ] && PATH="$PWD/bin:$PATH"
[ -d lib ] && LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$PWD/lib" && export LD_LIBRARY_PATH
python=${PYTHON:-python3}
small=${SOFTWARE:+--layers 1 --length 64 --steps 1}

# NAME SECONDS COMMAND…: runs it within its time and what is left of all, keeps its output in RESULTS/NAME.txt, and says
# how it ended. `timeout` ends the processes that it started, too.
run() {
  name=$1 limit=$2
  shift 2
  start=$(date +%s)
  left=$((end - start))
  [ "$limit" -gt "$left" ] && limit=$left
  if [ "$limit" -lt 5 ]; then
    echo "$name: not started, no time left" | tee -a "$results/summary.txt"
    return 0
  fi
  timeout -k 2 "$limit" "$@" >"$results/$name.txt" 2>&1
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
    run "$name" "$limit" node --import tsx "$here/$program.ts" "$@"
  fi
}

# Files of an earlier call would be told as of this one.
rm -f "$results"/*.txt "$results"/*.json
if [ -z "$SOFTWARE" ] && ! ours adapter 20 adapter --gpu; then
  echo "the adapter is no GPU, or there is none: see $results/adapter.txt; SOFTWARE=1 runs all the same" >&2
  exit 3
fi
for part in "$@"; do
  # $small and the options of a rehearsal are words, or nothing.
  # shellcheck disable=SC2086
  case $part in
  adapter)
    [ -z "$SOFTWARE" ] || ours adapter 20 adapter
    run nvidia-smi 10 nvidia-smi
    ;;
  reference) ours reference 150 reference --model "${REFERENCE:-Qwen2.5-0.5B}" $small ${SOFTWARE:+--repeats 1} --json "$results/reference.json" ;;
  int4)
    ours reference-int4 70 reference --model Llama-3.2-1B --weights int4 --steps 10 --repeats 5 \
      $small ${SOFTWARE:+--repeats 1} --json "$results/reference-int4.json"
    ;;
  pytorch)
    run pytorch 80 "$python" "$here/pytorch.py" --model qwen2.5-0.5b $small --json "$results/pytorch.json"
    ;;
  products) ours products 90 matmul --production ${SOFTWARE:+--size 8 --only TN} --json "$results/products.json" ;;
  cases) ours cases 110 cases --staged ${SOFTWARE:+--only relu} ;;
  kernels) ours kernels 300 kernels --json "$results/kernels.json" ;;
  steps)
    for model in $models; do
      for method in $methods; do
        ours "step-$model-$method" 120 step --model "$model" --method "$method" --steps 30 --seconds 20 \
          --json "$results/step-$model-$method.json"
      done
    done
    ;;
  scaling) ours scaling 120 scaling --steps 30 --json "$results/scaling.json" ;;
  *)
    echo "unknown part $part" >&2
    exit 2
    ;;
  esac
done
exit 0
