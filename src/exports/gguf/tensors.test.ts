import { expect, test } from 'vitest';
import { typeOf } from './tensors.ts';

const own = { layers: 8, hasHead: true };
const mix = (name: string, facts = own, width = 512) => typeOf(name, [64, width], 'Q4_K_M', facts);

test('the mix of four bits gives six to what llama.cpp’s gives six', () => {
  expect([mix('output.weight'), mix('token_embd.weight')]).toEqual(['Q6_K', 'Q4_K']);
  expect(mix('token_embd.weight', { layers: 8, hasHead: false })).toBe('Q6_K');
  const more = Array.from({ length: 8 }, (_, layer) => layer).filter(
    (layer) => mix(`blk.${layer}.ffn_down.weight`) === 'Q6_K',
  );
  // use_more_bits(i, 8): i < 1, i ≥ 7, and (i − 1) % 3 = 2.
  expect(more).toEqual([0, 3, 6, 7]);
  expect(mix('blk.3.attn_v.weight')).toBe('Q6_K');
  expect(mix('blk.3.ffn_down_exps.weight')).toBe('Q6_K');
  expect(mix('blk.3.attn_q.weight')).toBe('Q4_K');
  expect(mix('blk.1.attn_qkv.weight')).toBe('Q6_K');
});

test('rows that are no whole blocks of 256 take eight bits, and those that are none of 32 sixteen', () => {
  expect(mix('blk.0.attn_q.weight', own, 288)).toBe('Q8_0');
  expect(mix('blk.0.ffn_down.weight', own, 100)).toBe('F16');
  expect(typeOf('output_norm.weight', [512], 'Q4_K_M', own)).toBe('F32');
  expect(typeOf('blk.0.ffn_gate_inp.weight', [8, 512], 'Q4_K_M', own)).toBe('F32');
  expect(typeOf('blk.0.ffn_up_exps.weight', [8, 100, 512], 'Q4_K_M', own)).toBe('Q4_K');
  expect(typeOf('blk.0.attn_q.weight', [64, 100], 'Q8_0', own)).toBe('F16');
  expect(typeOf('blk.0.attn_q.weight', [64, 100], 'BF16', own)).toBe('BF16');
});
