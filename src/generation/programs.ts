/** The programs that generate: tokens through a cache of keys and values. */
import { GraphBuilder } from '../graph/builder.ts';
import { eliminateDeadCode } from '../graph/passes/dead-code.ts';
import type { Graph, Value } from '../graph/types.ts';
import { logitsOf, type Model, rangeInputsOf } from '../models/model.ts';
import type { AttentionSite } from '../models/seams.ts';
import { forward } from '../tasks/texts/forward.ts';
import { type DTypes, rowInput } from '../training/programs.ts';
import type { SeamOptions } from '../tuning/seams.ts';
import type { Tuning } from '../tuning/tuning.ts';

export interface GenerateShape {
  /** Tokens fed at once: a bucket of the prompt's length to prefill, 1 to decode. */
  readonly rows: number;
  /** Positions the cache holds. */
  readonly capacity: number;
  /** Whose cache: the published model's or the tuned one's. */
  readonly side: 'base' | 'tuned';
  /**
   * Sequences side by side in the cache, `capacity` places each. Absent: one, whose places are its positions; otherwise
   * the input places i32 [rows] says where in the whole cache each row goes.
   */
  readonly sequences?: number | undefined;
  /** What the rows are: tokens of one sequence, or the next token of every sequence. */
  readonly fed?: 'sequence' | 'step';
}

/**
 * Feeds `rows` tokens and keeps their keys and values. Inputs: ids, positions i32 [rows], keyRange i32 [rows, 2]; of one
 * sequence also last i32 [1] (the row whose logits are wanted), and its ranges count places of the whole cache; of a
 * step the ranges count places of the row's own sequence. Output: logits [1, vocabulary], for a step [rows, vocabulary].
 * With a tuning and side `base`, adapters are left out and the originals of trained parameters are read from
 * `base/<name>`; without a tuning every weight is read as published.
 */
export function generateProgram(model: Model, tuning: Tuning | null, dtypes: DTypes, shape: GenerateShape): Graph {
  const builder = new GraphBuilder();
  const { rows, side } = shape;
  const attention = cachedAttention(builder, model, shape);
  const { hidden, seams } = forward(builder, { model, dtypes, tuning: tuning ?? undefined, side, attention }, rows);
  const wanted = shape.fed === 'step' ? hidden : builder.embedding(hidden, rowInput(builder, 'last', 1));
  return eliminateDeadCode(builder.finish({ logits: logitsOf(builder, seams, model, wanted) }));
}

/**
 * Fills the first places of the tuned side's cache with the virtual tokens of an adapter, which a sequence then follows.
 * Inputs: positions i32 [count] (with `sequences`, places), and for those that are rows keyRange i32 [count, 2] over
 * the cache.
 */
export function primeProgram(
  model: Model,
  tuning: Tuning,
  dtypes: DTypes,
  { capacity, sequences }: Pick<GenerateShape, 'capacity' | 'sequences'>,
): Graph {
  const builder = new GraphBuilder();
  const tokens = tuning.adapter!.virtualTokens!;
  const shape: GenerateShape = { rows: tokens.count, capacity, side: 'tuned', sequences };
  if (tokens.as === 'rows') {
    const attention = cachedAttention(builder, model, shape);
    forward(builder, { model, dtypes, tuning, attention, virtual: 'alone' }, tokens.count);
  } else {
    tokens.keysAndValues(builder).forEach((value, index) => {
      writeCache(builder, shape, Math.floor(index / 2), index % 2 === 0 ? 'k' : 'v', value);
    });
  }
  return eliminateDeadCode(builder.finish({}));
}

/**
 * Moves what a cache of several sequences holds: each place gets what the place that `order` names held. Inputs: order
 * and places i32 [sequences · capacity]; places are 0, 1, 2, …
 */
export function reorderProgram(model: Model, shape: GenerateShape): Graph {
  const builder = new GraphBuilder();
  const all = placesOf(shape);
  const moved = { ...shape, rows: all };
  for (let layer = 0; layer < model.layers; layer++) {
    for (const part of ['k', 'v'] as const) {
      const cache = cacheOf(builder, shape, layer, part, model.kvHeads * model.headDim);
      writeCache(builder, moved, layer, part, builder.embedding(cache, rowInput(builder, 'order', all)));
    }
  }
  return builder.finish({});
}

const placesOf = ({ capacity, sequences = 1 }: GenerateShape): number => capacity * sequences;

/** A layer's cache of keys or values; every layout of sequences has one of its own. */
function cacheOf(builder: GraphBuilder, shape: GenerateShape, layer: number, part: 'k' | 'v', width: number): Value {
  const { side, sequences, capacity } = shape;
  const type = { shape: [placesOf(shape), width], dtype: 'f32' } as const;
  return builder.parameter(`cache/${side}/${sequences ?? 1}x${capacity}/${layer}/${part}`, type, 'cache');
}

/** Attention over the cache, after this call's keys and values were written into it. */
function cachedAttention(builder: GraphBuilder, model: Model, shape: GenerateShape): SeamOptions['attention'] {
  return ({ layer, ...heads }: AttentionSite, q, k, v) => {
    const written = (part: 'k' | 'v', value: Value): Value => writeCache(builder, shape, layer, part, value);
    const ranges = [rowInput(builder, rangeInputsOf(model, layer).keyRange, shape.rows, true)];
    const batch = shape.fed === 'step' ? shape.rows : 1;
    return builder.attention(q, written('k', k), written('v', v), ranges, { batch, ...heads, causal: true });
  };
}

/** Writes one layer's keys or values into its cache; gives the whole cache. */
function writeCache(builder: GraphBuilder, shape: GenerateShape, layer: number, part: 'k' | 'v', value: Value): Value {
  const cache = cacheOf(builder, shape, layer, part, value.shape[1]!);
  const places = shape.sequences === undefined ? 'positions' : 'places';
  return builder.cacheWrite(cache, value, rowInput(builder, places, shape.rows));
}
