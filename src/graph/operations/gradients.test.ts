import { describe, expect, it } from 'vitest';
import type { OpDefinition } from '../definition.ts';
import { operations } from '../operations.ts';
import { CaseBuilder } from '../reference/case-data.ts';
import { requireClose } from '../reference/cases.ts';
import { gradientCases } from '../reference/gradient-cases.ts';
import { checkedGradients, type GradientCase } from '../reference/gradient-check.ts';
import { type OpName, optimizerOps } from '../types.ts';

// Central differences with a step of 1e-5 are good to about 1e-9 here; rules that are wrong are off by the order of 1.
const TOLERANCE = 1e-7;

describe('gradients agree with central differences', () => {
  it.each(gradientCases)('$name', (gradientCase) => {
    for (const { parameter, analytic, numeric } of checkedGradients(gradientCase).gradients)
      requireClose(`d loss / d ${parameter}`, analytic, numeric, TOLERANCE);
  });
});

describe('the list of gradient tests', () => {
  it('holds every operation that has a gradient rule', () => {
    const forwardOps = (gradientCase: GradientCase): OpName[] => {
      const data = new CaseBuilder(gradientCase.name);
      gradientCase.build(data);
      return data.finish({}).graph.nodes.map(({ op }) => op);
    };
    const tested = new Set(gradientCases.flatMap(forwardOps));
    // DoRA's norm is a constant by definition, so central differences would disagree: PEFT's curves hold it (llama-dora).
    const constants: readonly OpName[] = ['parameter', 'input', 'constant', 'inverse_norm', 'detach'];
    const untested = Object.entries(operations as Record<string, OpDefinition<OpName>>)
      .filter(
        ([op, { gradient }]) =>
          gradient !== undefined && !constants.includes(op as OpName) && !tested.has(op as OpName),
      )
      .map(([op]) => op);
    expect(untested).toEqual([]);
  });

  it('leaves without a rule only what is itself a gradient, a norm or a change of state', () => {
    const without = Object.entries(operations as Record<string, OpDefinition<OpName>>)
      .filter(([, { gradient }]) => gradient === undefined)
      .map(([op]) => op);
    expect(without.filter((op) => !op.endsWith('_backward'))).toEqual([
      'reduce_sum',
      'token_divergence',
      'accumulate',
      'cache_write',
      'global_norm',
      ...optimizerOps,
    ]);
  });
});
