/**
 * Stands in for onnxruntime-web and onnxruntime-common in the page's bundle. @huggingface/transformers imports them at
 * load; the tokenizer never calls them. Vite maps every path that starts with those names here, so no ONNX code and no
 * wasm of theirs is served.
 */

export const env = { wasm: {}, webgpu: {}, versions: {} };

export class Tensor {}

export class InferenceSession {}
