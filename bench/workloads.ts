/** What the step benchmark runs: the example with its own data, or a random decoder of a given size. */
import { readFile } from 'node:fs/promises';
import { nodeFiles } from '../src/cli/node-files.ts';
import { type Batch, padBatch } from '../src/data/batches.ts';
import { parseTable } from '../src/data/csv.ts';
import { blobFiles } from '../src/files/blob-files.ts';
import { writeSafetensors } from '../src/files/safetensors-write.ts';
import { mix32 } from '../src/graph/random.ts';
import { modelFromConfig } from '../src/models/registry.ts';
import { type OpenModel, openModel, openTokenizer } from '../src/training/open-model.ts';
import { prepareData } from '../src/training/prepare-data.ts';
import { parseRunConfig, type RunConfig } from '../src/training/run-config.ts';

export interface Workload {
  readonly open: OpenModel;
  readonly config: RunConfig;
  readonly batch: Batch;
}

const example = new URL('../public/example/', import.meta.url);

/** Hidden size, layers, heads, MLP, vocabulary, rows and tokens a row. */
const shapes = {
  '1m': { hidden: 128, layers: 4, heads: 4, kvHeads: 2, mlp: 344, vocabulary: 1536, rows: 8, length: 64 },
  '18m': { hidden: 512, layers: 6, heads: 8, kvHeads: 4, mlp: 1376, vocabulary: 2048, rows: 2, length: 128 },
  '110m': { hidden: 768, layers: 12, heads: 12, kvHeads: 12, mlp: 2048, vocabulary: 32000, rows: 4, length: 256 },
} as const;

export type WorkloadName = 'example' | keyof typeof shapes;

export const workloadNames: readonly WorkloadName[] = ['example', ...(Object.keys(shapes) as (keyof typeof shapes)[])];

/** `method` is for the random decoders: LoRA of rank 8 on all seven matrices of each layer, or everything trained. */
export async function loadWorkload(name: WorkloadName, method: 'lora' | 'full'): Promise<Workload> {
  return name === 'example' ? exampleWorkload() : randomWorkload(shapes[name], method);
}

async function exampleWorkload(): Promise<Workload> {
  const json = JSON.parse(await readFile(new URL('run.json', example), 'utf8'));
  // Dropout masks come from JavaScript in TensorFlow.js; without them all do the same work on the GPU.
  const config = parseRunConfig({ ...json, tuning: { ...json.tuning, lora_dropout: 0 } });
  const open = await openModel(nodeFiles(new URL('model/', example).pathname));
  const training = await parseTable(await readFile(new URL('data.csv', example), 'utf8'), { fileName: 'data.csv' });
  const data = prepareData({ training }, await openTokenizer(open.files), config, open.model.tablePositions);
  return { open, config, batch: data.train.batchAt(0, 0) };
}

async function randomWorkload(shape: (typeof shapes)[keyof typeof shapes], method: 'lora' | 'full'): Promise<Workload> {
  const modelConfig = {
    model_type: 'llama',
    hidden_size: shape.hidden,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.kvHeads,
    intermediate_size: shape.mlp,
    vocab_size: shape.vocabulary,
    tie_word_embeddings: true,
    max_position_embeddings: 256,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    hidden_act: 'silu',
  };
  const tensors = modelFromConfig(modelConfig).parameters.map(({ name, shape: sizes, role }, index) => {
    const count = sizes.reduce((product, size) => product * size, 1);
    const scale = 1 / Math.sqrt(sizes.at(-1)!);
    const data = Float32Array.from({ length: count }, (_, i) => (role === 'norm' ? 1 : scale * uniform(index, i)));
    return { name, dtype: 'F32' as const, shape: sizes, data };
  });
  const files = new Map([
    ['config.json', new Blob([JSON.stringify(modelConfig)])],
    ['model.safetensors', new Blob([writeSafetensors(tensors)])],
  ]);
  const tuning =
    method === 'lora'
      ? { method, lora_r: 8, lora_dropout: 0, lora_target_modules: 'all-linear' }
      : { method, train_parameters: [{ all: true }] };
  const config = parseRunConfig({ tuning, training: { learning_rate: 1e-3, batch_size: shape.rows } });
  const examples = Array.from({ length: shape.rows }, (_, row) => {
    const ids = Int32Array.from({ length: shape.length }, (_, i) => mix32(row * 4096 + i) % shape.vocabulary);
    return { ids, labels: ids, promptLength: 0, truncated: false };
  });
  const rows = examples.map((_, row) => [row]);
  const batch = padBatch(examples, rows, {
    batchSize: shape.rows,
    padId: 0,
    buckets: [shape.length],
    paddingQuantile: 1,
  });
  return { open: await openModel(blobFiles(files)), config, batch };
}

/** Uniform in ±√3, so of variance 1. */
const uniform = (stream: number, i: number): number =>
  Math.sqrt(3) * (2 * (mix32((mix32(stream + 1) ^ i) >>> 0) / 2 ** 32) - 1);
