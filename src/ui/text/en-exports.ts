import type { TargetName } from '../../worker/protocol.ts';

export interface ExportWords {
  /** Of the button that takes it away. */
  readonly label: string;
  /** What is in it, where the label does not say it. */
  readonly note: string | null;
}

/** The forms in which a run's result is taken away. In English. */
export const exportsEn: Readonly<Record<TargetName, ExportWords>> = {
  peft: {
    label: 'Download adapter',
    note: 'A .zip with adapter_config.json and adapter_model.safetensors for PEFT and transformers.',
  },
  adapterhub: {
    label: 'Download adapter',
    note: 'A .zip with adapter_config.json and adapter.safetensors for AdapterHub’s library adapters.',
  },
  changed: { label: 'Download weights', note: 'A .zip with the changed weights as safetensors.' },
  merged: {
    label: 'Download merged model',
    note: 'Base and adapter merged, in the base’s precision, for transformers. Outputs are verified first.',
  },
  'gguf-q8': {
    label: 'GGUF, 8-bit (Q8_0)',
    note: 'For llama.cpp, Ollama and LM Studio (classifiers: llama.cpp only): the merged model with its tokenizer and chat template in one file. 8-bit is half the size of F16; 4-bit a third, less exact: the error is measured and shown.',
  },
  'gguf-q4': { label: 'GGUF, 4-bit (Q4_K_M)', note: null },
  'gguf-f16': { label: 'GGUF (F16)', note: null },
  'gguf-bf16': { label: 'GGUF (BF16)', note: null },
  'gguf-lora': {
    label: 'GGUF LoRA',
    note: 'The adapter alone, for llama.cpp (--lora) with the same base as GGUF.',
  },
  ollama: {
    label: 'For Ollama',
    note: 'A .zip with the model as 8-bit GGUF and a Modelfile with the prompt format of this run. Then: ollama create my-model -f Modelfile',
  },
  lora: {
    label: 'Convert to LoRA',
    note: 'For programs that only read LoRA. Approximates the change of each weight matrix at the rank you choose (SVD); the share kept is shown here and in the README.',
  },
  mlx: {
    label: 'MLX adapter',
    note: 'For mlx-lm on a Mac: a .zip with adapters.safetensors and adapter_config.json.',
  },
  onnx: {
    label: 'ONNX recipe',
    note: 'A .zip with the merged model and a Python script that converts it to ONNX with PyTorch and compares the two.',
  },
  card: { label: 'Model card (README)', note: null },
  config: { label: 'Run config', note: null },
  tensorboard: { label: 'TensorBoard log', note: null },
  archive: { label: 'Run archive', note: null },
  code: { label: 'Python code', note: null },
  cluster: {
    label: 'Continue on a cluster',
    note: 'A project for accelerate, TRL and PEFT that resumes this run on one GPU or many, and brings it back. The .zip includes your rows.',
  },
};
