import type { GraphBuilder } from '../graph/builder.ts';
import type { DType, TensorType, Value } from '../graph/types.ts';
import type { CausalModel } from '../models/model.ts';
import type { AttentionSite, Seams } from '../models/seams.ts';
import { applyLora } from './lora.ts';
import type { Tuning } from './tuning.ts';

/** The published data type of each weight. */
export type DTypes = (parameter: string) => 'f32' | 'f16' | 'bf16';

export interface SeamOptions {
  readonly model: CausalModel;
  readonly dtypes: DTypes;
  /** Absent: the model as published. */
  readonly tuning?: Tuning | undefined;
  /**
   * `tuned`: trained values and adapters. `base`: the published model in a session that trains some of its parameters;
   * their originals lie under `base/<name>`. Default `tuned`.
   */
  readonly side?: 'base' | 'tuned';
  /** Attention over what the program has: its own rows, or a cache. */
  readonly attention: (site: AttentionSite, q: Value, k: Value, v: Value) => Value;
  /** u32 [2]; given in training only, and needed where a method drops out. */
  readonly seed?: Value | undefined;
  /** i32 [rows]; given where the embedding is trained. */
  readonly idOrder?: Value | undefined;
}

/** Where a base parameter lies in a session, and as what. */
export function parameterBuffer(
  name: string,
  { tuning, dtypes, side = 'tuned' }: Pick<SeamOptions, 'tuning' | 'dtypes' | 'side'>,
): { readonly name: string; readonly dtype: DType; readonly kind: 'weight' | 'trained' } {
  if (!tuning?.trained.has(name)) return { name, dtype: dtypes(name), kind: 'weight' };
  if (side === 'base') return { name: `base/${name}`, dtype: dtypes(name), kind: 'weight' };
  return { name, dtype: 'f32', kind: 'trained' };
}

/** Answers at every seam as the base model does: nothing is added. Trained parameters are read where they are kept. */
export function baseSeams(builder: GraphBuilder, options: SeamOptions): Seams {
  const shapes = new Map(options.model.parameters.map(({ name, shape }) => [name, shape]));
  const parameter = (name: string): Value => {
    const buffer = parameterBuffer(name, options);
    const shape = shapes.get(name)!;
    // Vectors (norms, biases) are widened as they are loaded: exact, a few KiB, and no kernel needs to unpack them.
    const type: TensorType = { shape, dtype: shape.length === 1 ? 'f32' : buffer.dtype };
    return builder.parameter(buffer.name, type, buffer.kind);
  };
  return {
    parameter,
    linear: (module, x) =>
      builder.within(module.slice(module.lastIndexOf('.') + 1), () => {
        const y = builder.matmul(x, parameter(`${module}.weight`), { transposeB: true });
        return shapes.has(`${module}.bias`) ? builder.add(y, parameter(`${module}.bias`)) : y;
      }),
    embed: (module, ids) => builder.embedding(parameter(`${module}.weight`), ids, options.idOrder),
    attention: options.attention,
    attentionOutput: (_layer, _x, y) => y,
    sublayer: (_layer, _kind, x, residual, compute) => builder.add(residual, compute(x)),
  };
}

/** The base model's answers, with the methods of the tuning stepping in where they have a say. */
export function tunedSeams(builder: GraphBuilder, options: SeamOptions): Seams {
  const base = baseSeams(builder, options);
  const modules = options.side === 'base' ? undefined : options.tuning?.lora?.modules;
  if (modules === undefined) return base;
  return {
    ...base,
    linear(module, x) {
      const y = base.linear(module, x);
      const lora = modules.get(module);
      return lora === undefined ? y : applyLora(builder, module, lora, x, y, options.seed);
    },
  };
}
