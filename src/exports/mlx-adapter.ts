/** LoRA and DoRA in the names, layouts and settings of mlx-lm. */
import type { TensorToStream } from '../files/safetensors-write.ts';
import type { Model } from '../models/model.ts';
import { magnitudeName } from '../tuning/dora.ts';
import { embeddingAName, embeddingBName, lora, loraModules } from '../tuning/lora.ts';
import { type LoraModule, loraAName, loraBName } from '../tuning/lora-module.ts';
import type { Adapter, ReadValues } from '../tuning/method.ts';
import { transposed } from '../tuning/saved.ts';

/** The parts of an adapter: its modules by path, in the model's order. */
const modulesOf = (model: Model, { peftConfig }: Adapter): Map<string, LoraModule> =>
  loraModules(model, { method: 'lora', ...lora.settingsOf(peftConfig) });

/** What mlx-lm calls a module: its GPT-2, GPT-NeoX and Qwen 3.5 go by names of their own. */
function mlxName(modelType: string, path: string): string {
  if (modelType === 'gpt2') return path.replace(/^transformer\./, 'model.');
  if (modelType === 'qwen3_5')
    return path === 'lm_head'
      ? 'language_model.lm_head'
      : path.replace(/^model\.language_model\./, 'language_model.model.');
  if (modelType !== 'gpt_neox') return path;
  if (path === 'lm_head' || path === 'embed_out') return 'model.embed_out';
  return path.replace(/^gpt_neox\.layers\./, 'model.h.').replace(/^gpt_neox\./, 'model.');
}

/** One rank and one scale are all that mlx-lm has: smaller ranks are filled with zeros, other scales go into B. */
function shared(modules: ReadonlyMap<string, LoraModule>): { readonly rank: number; readonly scale: number } {
  const all = [...modules.values()];
  const [scale, ...others] = new Set(all.map((module) => module.scale));
  return { rank: Math.max(...all.map(({ rank }) => rank)), scale: others.length === 0 ? scale! : 1 };
}

/** `adapter_config.json`. */
export function mlxConfig(model: Model, adapter: Adapter): Readonly<Record<string, unknown>> {
  const modules = modulesOf(model, adapter);
  const { rank, scale } = shared(modules);
  const { layers, keys } = placesOf(
    [...modules.keys()].map((path) => mlxName(model.modelType, path)),
    model.layers.length,
  );
  return {
    fine_tune_type: adapter.peftConfig.use_dora ? 'dora' : 'lora',
    num_layers: layers,
    lora_parameters: { rank, scale, dropout: 0, keys },
  };
}

/**
 * Where mlx-lm puts adapters: the same modules of so many last layers, by their names within a layer, which every
 * version reads; else each by its whole path, for which the number of layers does not matter.
 */
function placesOf(paths: readonly string[], layerCount: number): { layers: number; keys: string[] } {
  const inside = new Map<number, string[]>();
  for (const path of paths) {
    const [, index, name] = /\.(\d+)\.(.+)$/.exec(path) ?? [];
    if (index === undefined) return { layers: layerCount, keys: [...paths] };
    inside.set(Number(index), [...(inside.get(Number(index)) ?? []), name!]);
  }
  const [first, ...others] = [...inside.values()].map((names) => JSON.stringify(names.sort()));
  const last = inside.size === layerCount - Math.min(...inside.keys());
  if (!last || others.some((names) => names !== first)) return { layers: layerCount, keys: [...paths] };
  return { layers: inside.size, keys: JSON.parse(first!) };
}

/** lora_a [in, rank] and lora_b [rank, out] of each module, and DoRA's m [out]; one module at a time. */
export function mlxTensors(model: Model, adapter: Adapter, read: ReadValues): TensorToStream[] {
  const modules = modulesOf(model, adapter);
  const whole = shared(modules);
  return [...modules].flatMap(([path, module]): TensorToStream[] => {
    const { inFeatures, outFeatures, embeds, rank } = module;
    const name = mlxName(model.modelType, path);
    const f32 = { dtype: 'F32' } as const;
    // The table of an embedding lies as [tokens, rank] already.
    const a = async () =>
      widened(
        embeds ? await read(embeddingAName(path)) : transposed(await read(loraAName(path)), rank),
        inFeatures,
        whole.rank,
      );
    const b = async () => {
      const values = transposed(await read(embeds ? embeddingBName(path) : loraBName(path)), outFeatures);
      const factor = module.scale / whole.scale;
      const filled = new Float32Array(whole.rank * outFeatures);
      filled.set(factor === 1 ? values : values.map((value) => value * factor));
      return filled;
    };
    const pair = [
      { ...f32, name: `${name}.lora_a`, shape: [inFeatures, whole.rank], data: a },
      { ...f32, name: `${name}.lora_b`, shape: [whole.rank, outFeatures], data: b },
    ];
    if (!adapter.peftConfig.use_dora) return pair;
    return [...pair, { ...f32, name: `${name}.m`, shape: [outFeatures], data: () => read(magnitudeName(path)) }];
  });
}

/** A matrix of so many rows with zeros to the right of each. */
function widened(matrix: Float32Array<ArrayBuffer>, rows: number, width: number): Float32Array<ArrayBuffer> {
  const columns = matrix.length / rows;
  if (columns === width) return matrix;
  const wide = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) wide.set(matrix.subarray(row * columns, (row + 1) * columns), row * width);
  return wide;
}
