import { memory, profile } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import type { Executor } from '../plan/executor.ts';
import { createTfjsExecutor } from './executor.ts';

let executor: Executor;
beforeAll(async () => {
  executor = await createTfjsExecutor({ backend: 'cpu' });
});
afterAll(() => executor.dispose());

const [rows, experts, chosen] = [9, 160, 8];

function routed(backward: boolean) {
  const builder = new GraphBuilder();
  const logits = builder.input('logits', { shape: [rows, experts], dtype: 'f32' });
  const attributes = { chosen, score: 'softmax', epsilon: 0 } as const;
  const [weights, order] = builder.nodeOutputs('route', [logits], attributes);
  if (!backward) return builder.finish({ weights: weights! });
  const slopes = builder.input('slopes', { shape: [rows, chosen], dtype: 'f32' });
  return builder.finish({
    slope: builder.node('route_backward', [slopes, logits, weights!, order!], attributes),
  });
}

function ordered() {
  const builder = new GraphBuilder();
  const places = builder.input('places', { shape: [rows, chosen], dtype: 'i32' });
  return builder.finish({ ends: builder.nodeOutputs('expert_order', [places], { experts })[2]! });
}

test.each([
  ['route', routed(false)],
  ['route_backward', routed(true)],
  ['expert_order', ordered()],
])('%s holds what its sheet says, most of it for every choice and expert', async (_, graph) => {
  const session = executor.createSession();
  const { activations, staging } = session.define('step', graph).peakByKind;
  const feeds = {
    logits: Float32Array.from({ length: rows * experts }, (_, at) => Math.sin(at)),
    slopes: Float32Array.from({ length: rows * chosen }, (_, at) => Math.cos(at)),
    places: Int32Array.from({ length: rows * chosen }, (_, at) => (at * 7) % experts),
  };
  const given = Object.fromEntries(
    graph.nodes.flatMap(({ op, attributes }) =>
      op === 'input' ? [[attributes.name, feeds[attributes.name as keyof typeof feeds]]] : [],
    ),
  );
  const before = memory().numBytes;
  const { peakBytes } = await profile(() => session.run('step', given) as never);
  const held = peakBytes - before;
  const eachRow = 4 * rows * experts;
  expect(held).toBeGreaterThan(2 * chosen * eachRow);
  expect(held).toBeLessThan(activations + staging + 6 * eachRow);
  expect(activations).toBeLessThan(2 * held);
  session.dispose();
});
