import type { Value } from '../../types.ts';
import { type CaseBuilder, type OpCase, opCase } from '../case-data.ts';
import {
  bidirectional,
  causal,
  packed,
  padded,
  type Ranges,
  seenFromKeys,
  slidingWindow,
  windowBothWays,
} from '../ranges.ts';

interface AttentionShape {
  readonly name: string;
  readonly softCap?: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly keys: number;
  /** Of each sequence of the batch, all with as many queries. */
  readonly sequences: readonly Ranges[];
}

/** [heads, kvHeads, headDim] */
type Heads = readonly [number, number, number];

function shaped(name: string, [heads, kvHeads, headDim]: Heads, keys: number, ...sequences: Ranges[]): AttentionShape {
  return { name: `${name}, ${heads}/${kvHeads} heads of ${headDim}`, heads, kvHeads, headDim, keys, sequences };
}

const shapes: readonly AttentionShape[] = [
  shaped('one token', [1, 1, 1], 1, causal(1, 1)),
  shaped('causal 7, batch 2', [6, 2, 3], 7, causal(7, 7), causal(7, 7)),
  shaped('causal 33', [14, 2, 64], 33, causal(33, 33)),
  shaped('causal 21', [3, 1, 128], 21, causal(21, 21)),
  shaped('causal 19, batch 3', [4, 4, 20], 19, causal(19, 19), causal(19, 19), causal(19, 19)),
  shaped('sliding window 3 of 21', [6, 3, 5], 21, slidingWindow(21, 21, 3)),
  shaped('window both ways, past a tile', [2, 1, 16], 71, windowBothWays(71, 71, 4), windowBothWays(37, 71, 4)),
  shaped('bidirectional 18 by 41', [2, 1, 5], 41, bidirectional(18, 41)),
  shaped('packed 13, 1 and 29', [6, 2, 16], 43, packed([13, 1, 29])),
  shaped('padded batch', [4, 2, 16], 19, padded(19, 19), padded(4, 19), padded(1, 19), padded(0, 19)),
  shaped('causal 70, past a tile of 64', [2, 1, 16], 70, causal(70, 70)),
  // Scores are of size 1: a bound of 0.7 bends nearly all of them.
  { ...shaped('bounded scores, window 5 of 23', [4, 2, 16], 23, slidingWindow(23, 23, 5)), softCap: 0.7 },
  { ...shaped('bounded scores, padded', [2, 1, 8], 9, padded(9, 9), padded(4, 9), padded(0, 9)), softCap: 3 },
];

/**
 * A decode step: one query against the written part of a cache, and several. Heads of 512 forward alone: the staged
 * backward of such a head had not ended after 400 s on lavapipe; see `wideShapes`.
 */
const cacheShapes: readonly AttentionShape[] = [
  shaped('causal 35', [2, 1, 512], 35, causal(35, 35)),
  shaped('one query of a cache', [6, 2, 16], 29, [[0, 17]], [[3, 29]], [[5, 6]]),
  shaped('three queries of a cache', [4, 1, 64], 131, causal(3, 100)),
];

/** So few queries that no tiles of them are staged: lavapipe had not ended with the staged backward of 256 after 240 s. */
const wideShapes: readonly AttentionShape[] = [
  shaped('causal 9', [2, 1, 256], 9, causal(9, 9)),
  shaped('window 4 of 11', [2, 1, 512], 11, slidingWindow(11, 11, 4)),
];

const rangeInput = (data: CaseBuilder, name: string, ranges: readonly Ranges[]): Value => {
  const flat = ranges.flat();
  return data.integers(name, [flat.length, 2], flat.flat());
};

const sees = ({ sequences }: AttentionShape): boolean => sequences.flat().every(([first, end]) => first < end);

function attentionInputs(data: CaseBuilder, { heads, kvHeads, headDim, keys, sequences, softCap }: AttentionShape) {
  const batch = sequences.length;
  const cap = softCap === undefined ? {} : { softCap };
  const attributes = { batch, heads, kvHeads, headDim, scale: 1 / Math.sqrt(headDim), causal: true, ...cap };
  const q = data.input('q', [sequences.flat().length, heads * headDim]);
  const k = data.input('k', [batch * keys, kvHeads * headDim]);
  const v = data.input('v', [batch * keys, kvHeads * headDim]);
  const keyRange = rangeInput(data, 'keyRange', sequences);
  return { attributes, q, k, v, keyRange };
}

const forward = (shape: AttentionShape): OpCase =>
  opCase(`attention, ${shape.name}`, shape.keys + shape.headDim, (data) => {
    const { attributes, q, k, v, keyRange } = attentionInputs(data, shape);
    const [output, lse] = data.builder.nodeOutputs('attention', [q, k, v, keyRange], attributes);
    // The lse of a row that sees nothing has no value that an executor must give.
    return sees(shape) ? { output: output!, lse: lse! } : { output: output! };
  });

const backward = (shape: AttentionShape): OpCase =>
  opCase(`attention_backward, ${shape.name}`, shape.keys + shape.headDim, (data) => {
    const { attributes, q, k, v, keyRange } = attentionInputs(data, shape);
    const queryRange = rangeInput(
      data,
      'queryRange',
      shape.sequences.map((ranges) => seenFromKeys(ranges, shape.keys)),
    );
    const [output, lse] = data.builder.nodeOutputs('attention', [q, k, v, keyRange], attributes);
    const inputs = [data.input('dOutput', q.shape), q, k, v, output!, lse!, keyRange, queryRange];
    const [dq, dk, dv] = data.builder.nodeOutputs('attention_backward', inputs, attributes);
    return { dq: dq!, dk: dk!, dv: dv! };
  });

const ropeCases = [false, true].flatMap((inverse) =>
  (
    [
      [1, 1, 2, 2],
      [5, 3, 10, 10],
      [7, 2, 64, 64],
      [3, 14, 20, 20],
      [5, 3, 10, 2],
      [7, 2, 80, 32],
      [3, 4, 12, 6],
      [5, 3, 10, 10, 'neighbours'],
      [3, 4, 12, 6, 'neighbours'],
    ] as const
  ).map(([rows, heads, headDim, rotaryDim, pairs = '']) =>
    opCase(
      `rope ${pairs} ${inverse ? 'inverse ' : ''}${rows} rows, ${rotaryDim} of ${headDim} in ${heads} heads`,
      1,
      (data) => {
        const x = data.input('x', [rows, heads * headDim]);
        const table = data.parameter('table', [11, rotaryDim], { kind: 'table' });
        const positions = data.integers(
          'positions',
          [rows],
          Array.from({ length: rows }, (_, row) => (row * 7 + 3) % 11),
        );
        const neighbours = pairs === 'neighbours' ? ({ neighbours: true } as const) : {};
        return { y: data.builder.node('rope', [x, table, positions], { headDim, inverse, ...neighbours }) };
      },
    ),
  ),
);

export const attentionCases: readonly OpCase[] = [
  ...ropeCases,
  ...[...shapes, ...cacheShapes].map(forward),
  ...[...shapes, ...wideShapes].map(backward),
];
