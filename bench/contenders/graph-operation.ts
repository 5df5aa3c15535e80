/** One operation as a program of ours, its results kept on the GPU. */
import { attentionRanges } from '../../src/data/attention-ranges.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import type { Value } from '../../src/graph/types.ts';
import type { Executor, Feeds } from '../../src/plan/executor.ts';
import type { Contender } from '../contender.ts';
import { type Operation, operationInputs, operationLabels } from '../operations.ts';
import { repeatedContender } from './repeated.ts';

type Values = Readonly<Record<string, Value>>;

export async function graphOperation(executor: Executor, operation: Operation): Promise<Contender> {
  const inputs = operationInputs(operation);
  const builder = new GraphBuilder();
  const values = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape }]) => [
      name,
      builder.parameter(name, { shape, dtype: 'f32' }, 'weight'),
    ]),
  );
  const results = build(builder, operation, values);
  const keep = builder.input('keep', { shape: [], dtype: 'f32' });
  for (const [name, value] of Object.entries(results))
    builder.accumulate(
      builder.parameter(`result/${name}`, { shape: value.shape, dtype: 'f32' }, 'gradient'),
      value,
      keep,
    );

  const session = executor.createSession();
  session.define('operation', builder.finish({}));
  for (const [name, { data }] of Object.entries(inputs)) session.write(name, new Uint8Array(data.buffer));
  await session.compile('operation');
  const feeds = { keep: Float32Array.of(0), ...feedsOf(operation) };
  let last: Promise<unknown> = Promise.resolve();
  return repeatedContender({
    description: executor.description,
    run() {
      last = session.run('operation', feeds);
    },
    finished: () => last,
    async results() {
      const read = async (name: string) => new Float32Array((await session.read(`result/${name}`)).slice().buffer);
      return new Map(await Promise.all(Object.keys(results).map(async (name) => [name, await read(name)] as const)));
    },
  });
}

function build(builder: GraphBuilder, operation: Operation, values: Values): Values {
  const ranges = (name: string, rows: number) => builder.input(name, { shape: [rows, 2], dtype: 'i32' });
  switch (operation.kind) {
    case 'matmul':
      return { c: builder.matmul(values.a!, values.b!, operation) };
    case 'attention': {
      const { batch, length, heads, kvHeads, headDim } = operation;
      const { q, k, v, dOutput } = values as Record<string, Value>;
      const seen = [ranges('keyRange', batch * length), ranges('queryRange', batch * length)];
      const attributes = { batch, heads, kvHeads, headDim, scale: headDim ** -0.5, causal: true };
      const [output, lse] = builder.nodeOutputs('attention', [q!, k!, v!, ...seen], attributes);
      const inputs = [dOutput!, q!, k!, v!, output!, lse!, ...seen];
      const [dq, dk, dv] = builder.nodeOutputs('attention_backward', inputs, attributes);
      return { dq: dq!, dk: dk!, dv: dv! };
    }
    case 'cross-entropy': {
      const labels = builder.input('labels', { shape: [operation.rows], dtype: 'i32' });
      const scale = builder.input('lossScale', { shape: [], dtype: 'f32' });
      const inputs = [values.hidden!, values.head!, labels, scale];
      const [loss, dHidden, dHead] = builder.nodeOutputs('cross_entropy', inputs, {});
      return { loss: loss!, dHidden: dHidden!, dHead: dHead! };
    }
  }
}

function feedsOf(operation: Operation): Feeds {
  switch (operation.kind) {
    case 'matmul':
      return {};
    case 'attention': {
      const { keyRange, queryRange } = attentionRanges({ sequences: operation.batch, queries: operation.length });
      return { keyRange, queryRange };
    }
    case 'cross-entropy': {
      const { rows, vocabulary } = operation;
      return { labels: operationLabels(rows, vocabulary), lossScale: Float32Array.of(1 / rows) };
    }
  }
}
