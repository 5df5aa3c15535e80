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
    note: 'base and adapter in one, in the data type of the base; its logits are compared first',
  },
  config: { label: 'Run config', note: null },
  tensorboard: { label: 'TensorBoard log', note: null },
  archive: { label: 'Whole run', note: null },
  code: { label: 'Python code', note: null },
};
