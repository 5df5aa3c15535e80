import { type CaseBuilder, type OpCase, opCase } from '../case-data.ts';
import { bidirectional, packed, padded, type Ranges, seenFromKeys } from '../ranges.ts';

interface Shape {
  readonly name: string;
  readonly heads: number;
  readonly headDim: number;
  readonly length: number;
  readonly sequences: readonly Ranges[];
}

const shaped = (name: string, heads: number, headDim: number, ...sequences: Ranges[]): Shape => ({
  name: `${name}, ${heads} heads of ${headDim}`,
  ...{ heads, headDim, sequences, length: sequences[0]!.length },
});

const shapes: readonly Shape[] = [
  shaped('one token', 1, 5, bidirectional(1, 1)),
  shaped('7, batch 2', 3, 5, bidirectional(7, 7), bidirectional(7, 7)),
  shaped('padded 19', 2, 16, padded(19, 19), padded(4, 19), padded(0, 19)),
  shaped('packed 5, 1 and 8', 3, 5, packed([5, 1, 8])),
  shaped('70, past two blocks of 32', 2, 16, bidirectional(70, 70)),
];

function inputsOf(data: CaseBuilder, { heads, headDim, length, sequences }: Shape) {
  const width = heads * headDim;
  const rows = sequences.length * length;
  const [q, k, v] = ['q', 'k', 'v'].map((name) => data.input(name, [rows, width]));
  const places = data.input('places', [2 * length - 1, 2 * width]);
  const keyRange = data.integers('keyRange', [rows, 2], sequences.flat(2));
  const attributes = {
    batch: sequences.length,
    heads,
    kvHeads: heads,
    headDim,
    scale: (3 * headDim) ** -0.5,
    causal: false,
  };
  return { attributes, inputs: [q!, k!, v!, places] as const, keyRange };
}

const forward = (shape: Shape): OpCase =>
  opCase(`relative_attention, ${shape.name}`, shape.length + shape.headDim, (data) => {
    const { attributes, inputs, keyRange } = inputsOf(data, shape);
    const [output, lse] = data.builder.nodeOutputs('relative_attention', [...inputs, keyRange], attributes);
    // The lse of a row that sees nothing has no value that an executor must give.
    const seesAll = shape.sequences.flat().every(([first, end]) => first < end);
    return seesAll ? { output: output!, lse: lse! } : { output: output! };
  });

const backward = (shape: Shape): OpCase =>
  opCase(`relative_attention_backward, ${shape.name}`, shape.length + shape.headDim, (data) => {
    const { attributes, inputs, keyRange } = inputsOf(data, shape);
    const seen = shape.sequences.map((ranges) => seenFromKeys(ranges, shape.length));
    const queryRange = data.integers('queryRange', keyRange.shape, seen.flat(2));
    const [output, lse] = data.builder.nodeOutputs('relative_attention', [...inputs, keyRange], attributes);
    const given = [data.input('dOutput', inputs[0].shape), ...inputs, output!, lse!, keyRange, queryRange];
    const [dq, dk, dv, dPlaces] = data.builder.nodeOutputs('relative_attention_backward', given, attributes);
    return { dq: dq!, dk: dk!, dv: dv!, dPlaces: dPlaces! };
  });

export const relativeAttentionCases: readonly OpCase[] = [...shapes.map(forward), ...shapes.map(backward)];
