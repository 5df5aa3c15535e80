/** How the script is started: configs of accelerate, a Slurm script, and the packages. */
import { type Package, tested } from '../versions.ts';

const common = (processes: number, others: readonly string[]): string[] => [
  'compute_environment: LOCAL_MACHINE',
  ...others,
  'machine_rank: 0',
  'num_machines: 1',
  `num_processes: ${processes}`,
  'main_training_function: main',
  "mixed_precision: 'no'",
  'rdzv_backend: static',
  'same_network: true',
  'use_cpu: false',
  'debug: false',
];

const deepspeed = [
  'distributed_type: DEEPSPEED',
  'deepspeed_config:',
  '  zero_stage: 3',
  '  zero3_init_flag: false',
  '  zero3_save_16bit_model: false',
  '  offload_optimizer_device: none',
  '  offload_param_device: none',
];

const fsdp2 = [
  'distributed_type: FSDP',
  'fsdp_config:',
  '  fsdp_version: 2',
  '  fsdp_auto_wrap_policy: TRANSFORMER_BASED_WRAP',
  '  fsdp_reshard_after_forward: true',
  '  fsdp_cpu_ram_efficient_loading: false',
  '  fsdp_offload_params: false',
  '  fsdp_state_dict_type: FULL_STATE_DICT',
  '  fsdp_activation_checkpointing: false',
];

/** By the path in the folder. */
export const accelerateConfigs: Readonly<Record<string, string>> = {
  'accelerate/one.yaml': lines(common(1, ["distributed_type: 'NO'"])),
  'accelerate/ddp.yaml': lines(common(8, ['distributed_type: MULTI_GPU'])),
  'accelerate/fsdp2.yaml': lines(common(8, fsdp2)),
  'accelerate/zero3.yaml': lines(common(8, deepspeed)),
};

export const slurmScript = (name: string): string => `\
#!/bin/bash
#SBATCH --job-name=${name}
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=8
#SBATCH --cpus-per-task=32
#SBATCH --time=24:00:00
#SBATCH --output=%x-%j.log
# sbatch slurm.sh path/or/id/of/the/base; a job that was cut off goes on with: sbatch slurm.sh BASE --resume
set -euo pipefail
export PER_NODE=8
export FIRST_NODE=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
export BASE=$1
shift
srun bash -c 'accelerate launch --config_file accelerate/fsdp2.yaml \\
  --num_machines "$SLURM_NNODES" --machine_rank "$SLURM_NODEID" --num_processes $((SLURM_NNODES * PER_NODE)) \\
  --main_process_ip "$FIRST_NODE" --main_process_port 29500 train.py --model "$BASE" "$@"' train "$@"
`;

const packages = [
  ...(['torch', 'transformers', 'peft', 'trl', 'accelerate', 'datasets', 'safetensors'] as const),
] satisfies readonly Package[];

export const requirements = lines(packages.map((name) => `${name}==${tested[name]}`));

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
