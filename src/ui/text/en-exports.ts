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
    label: 'Download the adapter',
    note: 'A zip with adapter_config.json and adapter_model.safetensors, as PEFT writes them: PEFT and transformers load it.',
  },
  adapterhub: {
    label: 'Download the adapter',
    note: 'A zip with adapter_config.json and adapter.safetensors, as AdapterHub writes them: its library adapters loads it.',
  },
  changed: { label: 'Download the weights', note: 'A zip with the changed weights as safetensors.' },
  merged: {
    label: 'Download the whole model',
    note: 'Base and adapter in one, in the data type of the base, for transformers. Its logits are compared first.',
  },
  'gguf-q8': {
    label: 'GGUF, 8-bit (Q8_0)',
    note: 'For llama.cpp, Ollama and LM Studio: the whole model with its tokenizer and chat template in one file. 8-bit is half as large as F16, 4-bit a third and less exact: the error is measured and shown.',
  },
  'gguf-q4': { label: 'GGUF, 4-bit (Q4_K_M)', note: null },
  'gguf-f16': { label: 'GGUF (F16)', note: null },
  'gguf-bf16': { label: 'GGUF (BF16)', note: null },
  'gguf-lora': {
    label: 'GGUF LoRA',
    note: 'The adapter alone, for llama.cpp beside the same base as GGUF (--lora).',
  },
  ollama: {
    label: 'For Ollama',
    note: 'A zip with the model as 8-bit GGUF and a Modelfile that has the prompt format of this run. Then: ollama create my-model -f Modelfile',
  },
  lora: {
    label: 'Convert to LoRA',
    note: 'For programs that only read LoRA. Approximates the change of each weight matrix at the rank you choose (SVD); the share kept is shown here and in the README.',
  },
  mlx: {
    label: 'MLX adapter',
    note: 'For mlx-lm on a Mac: a zip with adapters.safetensors and adapter_config.json.',
  },
  onnx: {
    label: 'ONNX recipe',
    note: 'A zip with the whole model and a Python script that writes it as ONNX with PyTorch and compares the two.',
  },
  card: { label: 'Model card (README)', note: null },
  config: { label: 'Run config', note: null },
  tensorboard: { label: 'TensorBoard log', note: null },
  archive: { label: 'Whole run', note: null },
  code: { label: 'Python code', note: null },
  cluster: {
    label: 'Continue on a cluster',
    note: 'A project for accelerate, TRL and PEFT that resumes this run where it stands, on one GPU or many, and brings it back. The zip holds your rows.',
  },
};
