/** What the step benchmark runs: the example with its own data, or a random decoder of a given size. */
import { type Batch, padBatch } from '../src/data/batches.ts';
import { readTable } from '../src/data/read-table.ts';
import { blobFiles } from '../src/files/blob-files.ts';
import { writeSafetensors } from '../src/files/safetensors-write.ts';
import type { ModelFiles } from '../src/files/source.ts';
import { mix32 } from '../src/graph/random.ts';
import { modelFromConfig } from '../src/models/registry.ts';
import { parseRunConfig, type RunConfig } from '../src/training/config/run-config.ts';
import { openRun } from '../src/training/session/fit-run.ts';
import { type OpenModel, openModel, openTokenizer } from '../src/training/session/open-model.ts';
import { initialValues } from '../src/tuning/initial.ts';
import { resolveTuning } from '../src/tuning/resolve.ts';
import type { Tuning } from '../src/tuning/tuning.ts';
import { uniform } from './operations.ts';

export interface Workload {
  readonly open: OpenModel;
  readonly config: RunConfig;
  readonly tuning: Tuning;
  readonly batch: Batch;
  /** What the adapter's matrices start from. B is random too: with zeros, every gradient of A would be zero. */
  readonly adapter: ReadonlyMap<string, Float32Array>;
}

export type Method = 'lora' | 'full';

/** A random decoder: the Llama architecture with tied embeddings, and the batch it is trained on. */
export interface DecoderShape {
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly mlp: number;
  readonly vocabulary: number;
  /** Sequences of a batch. */
  readonly rows: number;
  /** Tokens of a sequence. */
  readonly length: number;
}

/** From 1m on the same as in bench/pytorch.py; tiny is for checking contenders, not for timing them. */
export const shapes = {
  tiny: { hidden: 32, layers: 2, heads: 4, kvHeads: 2, mlp: 64, vocabulary: 64, rows: 2, length: 16 },
  '1m': { hidden: 128, layers: 4, heads: 4, kvHeads: 2, mlp: 344, vocabulary: 1536, rows: 8, length: 64 },
  '18m': { hidden: 512, layers: 6, heads: 8, kvHeads: 4, mlp: 1376, vocabulary: 2048, rows: 2, length: 128 },
  '25m': { hidden: 512, layers: 8, heads: 8, kvHeads: 4, mlp: 1376, vocabulary: 4096, rows: 2, length: 128 },
  '110m': { hidden: 768, layers: 12, heads: 12, kvHeads: 12, mlp: 2048, vocabulary: 32000, rows: 4, length: 256 },
} as const satisfies Record<string, DecoderShape>;

export type WorkloadName = 'example' | keyof typeof shapes;

export const workloadNames: readonly WorkloadName[] = ['example', ...(Object.keys(shapes) as (keyof typeof shapes)[])];

const tunings = {
  lora: { method: 'lora', lora_r: 8, lora_dropout: 0, lora_target_modules: 'all-linear' },
  full: { method: 'full', train_parameters: [{ all: true }] },
} as const;

/** The files of `public/example`, wherever they are read from. */
export interface ExampleFiles {
  readonly data: ModelFiles;
  readonly model: ModelFiles;
}

/** `lora` is the example's own adapter, or rank 8 on all seven matrices of each layer; `full` trains everything. */
export function loadWorkload(name: WorkloadName, method: Method, example: ExampleFiles): Promise<Workload> {
  return name === 'example' ? exampleWorkload(method, example) : decoderWorkload(shapes[name], method);
}

async function exampleWorkload(method: Method, { data: folder, model }: ExampleFiles): Promise<Workload> {
  const json = JSON.parse(await folder.text('run.json'));
  // Dropout masks come from JavaScript in TensorFlow.js; without them all do the same work on the GPU.
  const tuning = method === 'full' ? tunings.full : { ...json.tuning, lora_dropout: 0 };
  const config = parseRunConfig({ ...json, tuning });
  const open = await openModel(model);
  const training = await readTable(await folder.text('data.csv'), { fileName: 'data.csv' });
  const material = { tables: { training }, tokenizer: await openTokenizer(open.files) };
  const data = openRun(open, config, material).lesson.fit(open.model, null, config).prepare();
  return workload(open, config, data.train.batchAt(0, 0));
}

export async function decoderWorkload(shape: DecoderShape, method: Method): Promise<Workload> {
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
  const config = parseRunConfig({
    tuning: tunings[method],
    training: { learning_rate: 1e-3, batch_size: shape.rows },
  });
  return workload(await openModel(blobFiles(files)), config, randomBatch(shape));
}

/** Rows of random tokens, each to be predicted. */
export function randomBatch({ rows, length, vocabulary }: Pick<DecoderShape, 'rows' | 'length' | 'vocabulary'>): Batch {
  const examples = Array.from({ length: rows }, (_, row) => {
    const ids = Int32Array.from({ length }, (_, i) => mix32(row * 4096 + i) % vocabulary);
    return { ids, labels: ids, promptLength: 0, truncated: false };
  });
  const settings = { batchSize: rows, padId: 0, buckets: [length], paddingQuantile: 1 };
  return padBatch(
    examples,
    examples.map((_, row) => [row]),
    settings,
  );
}

function workload(open: OpenModel, config: RunConfig, batch: Batch): Workload {
  const tuning = resolveTuning(open.model, config.tuning, config.training.learning_rate);
  const adapter = tuning.adapterParameters.map(({ name, shape, init }) => {
    const random = init.kind === 'constant' ? ({ kind: 'uniform', bound: 0.02 } as const) : init;
    return [name, initialValues({ name, shape, init: random }, 1)] as const;
  });
  return { open, config, tuning, batch, adapter: new Map(adapter) };
}
