/** What the exports were last loaded with: the versions that interop/requirements*.txt name. */
export const tested = {
  torch: '2.13.0',
  transformers: '5.18.0',
  peft: '0.21.0',
  safetensors: '0.8.0',
  trl: '1.16.0',
  accelerate: '1.15.0',
  datasets: '5.2.0',
  adapters: '1.3.0',
  'sentence-transformers': '6.2.0',
  timm: '1.0.31',
  mlx: '0.32.4',
  'mlx-lm': '0.32.2',
  onnx: '1.23.2',
  onnxscript: '0.7.2',
  onnxruntime: '1.32.0',
  'llama.cpp': '0.5.0',
} as const;

export type Package = keyof typeof tested;
