import { differentiate } from '../../autodiff.ts';
import type { Value } from '../../types.ts';
import { type CaseBuilder, type OpCase, opCase } from '../case-data.ts';
import { packed, padded, type Ranges, seenFromKeys } from '../ranges.ts';
import { idOrderOf } from './tokens.ts';

/** A Llama-like layer, small and odd: 10 tokens in two sequences, 6/2 heads of 4, LoRA of rank 3 with dropout. */
const [batch, length, hidden, inner, vocabulary, rank] = [2, 5, 10, 14, 23, 3];
const [heads, kvHeads, headDim] = [6, 2, 4];
const rows = batch * length;

interface Tuning {
  readonly dropout: number;
  readonly base: 'bf16' | 'f32';
  readonly trained: Map<string, Value>;
}

/** y = x·Wᵀ + 2 · dropout(x)·Aᵀ·Bᵀ, W frozen as published. */
function loraLinear(
  data: CaseBuilder,
  name: string,
  x: Value,
  width: number,
  { dropout, base, trained }: Tuning,
): Value {
  const { builder } = data;
  const small = (values: Value): Value => builder.scale(values, 0.3);
  const weight = data.parameter(`${name}.weight`, [width, x.shape[1]!], { dtype: base });
  const a = data.parameter(`${name}.lora_A`, [rank, x.shape[1]!], { kind: 'trained' });
  const b = data.parameter(`${name}.lora_B`, [width, rank], { kind: 'trained' });
  trained.set(`${name}.lora_A`, a).set(`${name}.lora_B`, b);
  const dropped = dropout === 0 ? x : builder.dropout(x, data.seed('seed', [5, 99]), dropout, `${name}/lora_dropout`);
  const low = small(builder.matmul(dropped, a, { transposeB: true }));
  const update = builder.scale(builder.matmul(low, b, { transposeB: true }), 0.5);
  return builder.add(small(builder.matmul(x, weight, { transposeB: true })), update);
}

function attentionPart(data: CaseBuilder, x: Value, sequences: readonly Ranges[], tuning: Tuning): Value {
  const { builder } = data;
  const positions = data.integers(
    'positions',
    [rows],
    Array.from({ length: rows }, (_, row) => row % length),
  );
  const table = data.parameter('rope', [length, headDim], { kind: 'table' });
  const rope = (value: Value): Value => builder.rope(value, table, positions, headDim);
  const bias = data.parameter('q.bias', [heads * headDim]);
  const q = builder.add(loraLinear(data, 'q', x, heads * headDim, tuning), bias);
  const k = loraLinear(data, 'k', x, kvHeads * headDim, tuning);
  const v = loraLinear(data, 'v', x, kvHeads * headDim, tuning);
  const ranges = [sequences, sequences.map((sequence) => seenFromKeys(sequence, length))].map((all, i) =>
    data.integers(i === 0 ? 'keyRange' : 'queryRange', [rows, 2], all.flat(2)),
  );
  const attributes = { batch, heads, kvHeads, headDim, scale: 1 / Math.sqrt(headDim), causal: true };
  return loraLinear(data, 'o', builder.attention(rope(q), rope(k), v, ranges, attributes), hidden, tuning);
}

/** Loss of the layer with tied embedding and head; fills `tuning.trained`. */
function decoderLoss(data: CaseBuilder, tuning: Tuning, tableTrained: boolean): Value {
  const { builder } = data;
  const ids = [3, 22, 0, 7, 3, 11, 3, 0, 0, 0];
  const table = data.parameter('embedding', [vocabulary, hidden], tableTrained ? {} : { dtype: tuning.base });
  const norm = data.parameter('norm', [hidden], { kind: 'trained' });
  tuning.trained.set('norm', norm);
  if (tableTrained) tuning.trained.set('embedding', table);
  const order = data.integers('idOrder', [rows], idOrderOf(ids));
  let x = builder.embedding(table, data.integers('ids', [rows], ids), order);
  x = builder.add(x, attentionPart(data, builder.rmsNorm(x, norm, 1e-5), [packed([2, 3]), padded(3, length)], tuning));
  const normed = builder.rmsNorm(x, norm, 1e-5);
  const gate = loraLinear(data, 'gate', normed, inner, tuning);
  const up = loraLinear(data, 'up', normed, inner, tuning);
  x = builder.add(x, loraLinear(data, 'down', builder.swiglu(gate, up), hidden, tuning));
  const labels = data.integers('labels', [rows], [-100, 4, 22, -100, 9, 3, 0, -100, -100, -100]);
  return builder.crossEntropy(builder.rmsNorm(x, norm, 1e-5), table, labels, data.input('lossScale', [], [1 / 5]));
}

function decoderCase(name: string, tuning: Omit<Tuning, 'trained'>, tableTrained: boolean): OpCase {
  // Errors of some thirty operations in a row add up.
  return opCase(name, 900, (data) => {
    const trained = new Map<string, Value>();
    const loss = decoderLoss(data, { ...tuning, trained }, tableTrained);
    const gradients = differentiate(data.builder, loss, [...trained.values()]);
    const keep = data.input('keep', [], [1]);
    [...trained].forEach(([parameter, value], i) => {
      const sum = data.parameter(`${parameter}.gradient`, value.shape, { kind: 'gradient' });
      data.builder.accumulate(sum, gradients[i]!, keep);
    });
    return { loss, norm: data.builder.globalNorm(gradients) };
  });
}

export const decoderCases: readonly OpCase[] = [
  decoderCase(
    'decoder layer, LoRA with dropout over bf16: loss and gradient sums',
    { dropout: 0.2, base: 'bf16' },
    false,
  ),
  decoderCase('decoder layer, tied table trained: loss and gradient sums', { dropout: 0, base: 'f32' }, true),
];
