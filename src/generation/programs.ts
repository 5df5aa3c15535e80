/** The programs that generate: tokens through what the layers keep of them. */
import { GraphBuilder } from '../graph/builder.ts';
import { eliminateDeadCode } from '../graph/passes/dead-code.ts';
import type { Graph, Value } from '../graph/types.ts';
import { type Kept, keptBy } from '../models/layers.ts';
import { logitsOf, rangeInputsOf, type TextModel } from '../models/model.ts';
import { forward } from '../tasks/texts/forward.ts';
import { type DTypes, rowInput } from '../training/programs/programs.ts';
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
 * Feeds `rows` tokens and keeps what the layers keep of them. Inputs: ids, positions i32 [rows], keyRange i32 [rows, 2];
 * of one sequence also last i32 [1] (the row whose logits are wanted), and its ranges count places of the whole cache; of
 * a step the ranges count places of the row's own sequence. Where a layer keeps something per sequence: exampleStarts i32
 * [rows], where the sequence began, counted from these rows; stateTo i32 [1] or for a step [rows], the sequences, and
 * stateFrom, the same or −1 for one that begins. Output: logits [1, vocabulary],
 * for a step [rows, vocabulary].
 * With a tuning and side `base`, adapters are left out and the originals of trained parameters are read from
 * `base/<name>`; without a tuning every weight is read as published.
 */
export function generateProgram(model: TextModel, tuning: Tuning | null, dtypes: DTypes, shape: GenerateShape): Graph {
  const builder = new GraphBuilder();
  const { rows, side } = shape;
  const options = { model, dtypes, tuning: tuning ?? undefined, side, ...cachedMixing(builder, model, shape) };
  const { hidden, seams } = forward(builder, options, rows);
  const wanted = shape.fed === 'step' ? hidden : builder.embedding(hidden, rowInput(builder, 'last', 1));
  return eliminateDeadCode(builder.finish({ logits: logitsOf(builder, seams, model, wanted) }));
}

/**
 * Fills the first places of the tuned side's cache with the virtual tokens of an adapter, which a sequence then follows.
 * Inputs: positions i32 [count] (with `sequences`, places), and for those that are rows keyRange i32 [count, 2] over
 * the cache and what `generateProgram` reads for layers that keep something per sequence.
 */
export function primeProgram(
  model: TextModel,
  tuning: Tuning,
  dtypes: DTypes,
  { capacity, sequences }: Pick<GenerateShape, 'capacity' | 'sequences'>,
): Graph {
  const builder = new GraphBuilder();
  const tokens = tuning.adapter!.virtualTokens!;
  const shape: GenerateShape = { rows: tokens.count, capacity, side: 'tuned', sequences };
  if (tokens.as === 'rows') {
    const mixing = cachedMixing(builder, model, shape);
    forward(builder, { model, dtypes, tuning, ...mixing, virtual: 'alone' }, tokens.count);
  } else {
    const given = tokens.keysAndValues(builder);
    model.layers.forEach(({ keeps }, layer) => {
      keeps.forEach((kept, index) => {
        writeTokens(builder, shape, layer, kept, given[2 * layer + index]!);
      });
    });
  }
  return eliminateDeadCode(builder.finish({}));
}

/**
 * Moves what a cache of several sequences holds: each place gets what the place that `order` names held. Inputs: order
 * and places i32 [sequences · capacity]; places are 0, 1, 2, … Where a layer keeps something per sequence, stateOrder and
 * states i32 [sequences] are the same of sequences.
 */
export function reorderProgram(model: TextModel, shape: GenerateShape): Graph {
  const builder = new GraphBuilder();
  const { sequences = 1, capacity } = shape;
  model.layers.forEach(({ keeps }, layer) => {
    for (const kept of keeps) {
      const cache = cacheOf(builder, shape, layer, kept);
      const [order, places] = kept.per === 'token' ? ['order', 'places'] : ['stateOrder', 'states'];
      const rows = kept.per === 'token' ? sequences * capacity : sequences;
      const moved = builder.embedding(cache, rowInput(builder, order, rows));
      builder.cacheWrite(cache, moved, rowInput(builder, places, rows));
    }
  });
  return builder.finish({});
}

/** Where a layer keeps something of every sequence; every layout of sequences has a place of its own. */
function cacheOf(builder: GraphBuilder, shape: GenerateShape, layer: number, { name, width, per }: Kept): Value {
  const { side, sequences = 1, capacity } = shape;
  const rows = per === 'token' ? sequences * capacity : sequences;
  const type = { shape: [rows, width], dtype: 'f32' } as const;
  return builder.parameter(`cache/${side}/${sequences}x${capacity}/${layer}/${name}`, type, 'cache');
}

/** Attention and mixers over what the layers keep, which this call's rows are written into. */
function cachedMixing(
  builder: GraphBuilder,
  model: TextModel,
  shape: GenerateShape,
): Pick<SeamOptions, 'attention' | 'mixer'> {
  const count = shape.fed === 'step' ? shape.rows : 1;
  const written = new Map<number, readonly Value[]>();
  return {
    attention({ layer, ...heads }, q, k, v) {
      const own = keptBy(model.layers, layer, 'attention').map((kept, index) =>
        writeTokens(builder, shape, layer, kept, index === 0 ? k : v),
      );
      written.set(layer, own);
      const [keys, values] = written.get(model.layers[layer]!.attention!.keysOf ?? layer)!;
      const ranges = [rowInput(builder, rangeInputsOf(model, layer).keyRange, shape.rows, true)];
      return builder.attention(q, keys!, values!, ranges, { batch: count, ...heads, causal: true });
    },
    mixer(layer, kind, mix) {
      const caches = keptBy(model.layers, layer, kind).map((kept) => cacheOf(builder, shape, layer, kept));
      const before = caches.map((cache) => builder.embedding(cache, rowInput(builder, 'stateFrom', count)));
      const { output, after } = mix({ batch: count, starts: rowInput(builder, 'exampleStarts', shape.rows), before });
      caches.forEach((cache, index) => {
        builder.cacheWrite(cache, after[index]!, rowInput(builder, 'stateTo', count));
      });
      return output;
    },
  };
}

/** Writes what a layer keeps of each token, such as its keys; gives that of all tokens. */
function writeTokens(builder: GraphBuilder, shape: GenerateShape, layer: number, kept: Kept, value: Value): Value {
  const places = shape.sequences === undefined ? 'positions' : 'places';
  return builder.cacheWrite(cacheOf(builder, shape, layer, kept), value, rowInput(builder, places, shape.rows));
}
