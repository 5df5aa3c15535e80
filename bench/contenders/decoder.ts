/** A workload as plain data, for decoders written with other libraries. */
import { maskedLabel } from '../../src/data/examples.ts';
import { type LlamaConfig, readLlamaConfig } from '../../src/models/llama-config.ts';
import { ropeTable } from '../../src/models/rope.ts';
import { loraModules } from '../../src/tuning/lora.ts';
import { trainableParameters } from '../../src/tuning/tuning.ts';
import type { PlainTensor } from '../operations.ts';
import type { Workload } from '../workloads.ts';

export interface PlainDecoder {
  readonly config: LlamaConfig;
  readonly batchSize: number;
  readonly length: number;
  /** [batchSize · length] */
  readonly ids: Int32Array;
  /** [batchSize · length]: the token to predict; 0 where none is. */
  readonly labels: Int32Array;
  /** [batchSize · length]: 1 where a token is to be predicted, else 0. */
  readonly scored: Float32Array;
  /** [length, headDim / 2] each. */
  readonly cosines: PlainTensor;
  readonly sines: PlainTensor;
  readonly trained: ReadonlyMap<string, PlainTensor>;
  readonly frozen: ReadonlyMap<string, PlainTensor>;
  /** alpha / rank of each adapted module. */
  readonly loraScales: ReadonlyMap<string, number>;
}

/** Everything as f32, which is what the other libraries compute with. */
export async function plainDecoder({ open, config: run, tuning, batch, adapter }: Workload): Promise<PlainDecoder> {
  const { model, weights, tensorOf } = open;
  const config = readLlamaConfig(model.config, 'llama');
  const modules = tuning.adapter === undefined ? [] : loraModules(model, run.tuning);
  const trainedNames = new Set(trainableParameters(model, tuning).map(({ name }) => name));
  const trained = new Map<string, PlainTensor>();
  const frozen = new Map<string, PlainTensor>();
  for (const { name, shape } of model.parameters) {
    const data = await weights.readFloats(tensorOf(name));
    (trainedNames.has(name) ? trained : frozen).set(name, { shape: [...shape], data });
  }
  for (const { name, shape } of tuning.adapterParameters)
    trained.set(name, { shape: [...shape], data: adapter.get(name)! });

  const table = ropeTable(config.rope, config.headDim, batch.length);
  const half = config.headDim / 2;
  const halves = (offset: number): PlainTensor => ({
    shape: [batch.length, half],
    data: Float32Array.from(
      { length: batch.length * half },
      (_, i) => table[Math.floor(i / half) * config.headDim + offset + (i % half)]!,
    ),
  });
  return {
    config,
    batchSize: batch.batchSize,
    length: batch.length,
    ids: batch.ids,
    labels: batch.labels.map((label) => (label === maskedLabel ? 0 : label)),
    scored: Float32Array.from(batch.labels, (label) => (label === maskedLabel ? 0 : 1)),
    cosines: halves(0),
    sines: halves(half),
    trained,
    frozen,
    loraScales: new Map([...modules].map(([module, { scale }]) => [module, scale])),
  };
}
