import { expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import { planProgram } from './plan.ts';
import { desktop } from './profile.ts';
import type { Plan } from './types.ts';

const f32 = (...shape: number[]) => ({ shape, dtype: 'f32' as const });

/** The rule of a layer of Qwen3.5-0.8B over 1 × 1024 tokens, and its gradients. */
function planned(): Plan {
  const b = new GraphBuilder();
  const [rows, heads, width] = [1024, 16, 128];
  const input = (name: string, each: number) => b.input(name, f32(rows, heads * each));
  const starts = b.input('starts', { shape: [rows], dtype: 'i32' });
  const inputs = [...['q', 'k', 'v'].map((name) => input(name, width)), input('g', 1), input('beta', 1), starts];
  const attributes = { batch: 1, keyHeads: heads };
  const [y, , errors] = b.nodeOutputs('gated_delta_rule', inputs, attributes);
  const upstream = [input('dy', width), y!, errors!];
  const gradients = b.nodeOutputs('gated_delta_rule_backward', [...upstream, ...inputs], attributes);
  return planProgram(b.finish(Object.fromEntries(gradients.map((value, i) => [`gradient${i}`, value]))), desktop);
}

it('a gated delta rule computes and moves no more than its scans must, in 2 dispatches and 6 for its gradients', () => {
  const { dispatches } = planned();
  expect(dispatches.map(({ spec }) => spec.kernel)).toEqual([
    'gated_delta_gates',
    'gated_delta_rule',
    'gated_delta_gates',
    'gated_delta_error_gradient',
    'gated_delta_query_gradient',
    'gated_delta_key_gradient',
    'gated_delta_gate_products',
    'gated_delta_decay_gradient',
  ]);
  const products = 2 * 3 * 1024 * 16 * 128 * 128;
  const [, rule, , ...scans] = dispatches;
  for (const { flops } of [rule!, ...scans.slice(0, 3)]) expect(flops).toBe(products);
  // q, k and v are read, y and the errors written: once each.
  expect(rule!.bytesMoved / (5 * 4 * 1024 * 16 * 128)).toBeLessThan(1.005);
});
