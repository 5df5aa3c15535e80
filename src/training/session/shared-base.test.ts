import { afterAll, expect, test } from 'vitest';
import { createNodeGpu } from '../../cli/node-gpu.ts';
import type { Executor } from '../../plan/executor.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { requestDevice } from '../../webgpu/device.ts';
import { createWebGpuExecutor } from '../../webgpu/executor.ts';
import type { TrainingEvent } from '../run/events.ts';
import { createTraining } from '../run/trainer.ts';
import type { OpenModel } from './open-model.ts';
import { SharedBase } from './shared-base.ts';

const software = createWebGpuExecutor(await requestDevice(await createNodeGpu({ backend: 'software' })));
/** Compiles nothing and computes nothing: what is asked of it is seen all the same. */
const none = createWebGpuExecutor(await requestDevice(await createNodeGpu({ backend: 'null' })));
afterAll(() => {
  software.dispose();
  none.dispose();
});

type Changes = NonNullable<Parameters<typeof goldenRun>[1]>;
const short: Changes = { training: { max_steps: 3, warmup_steps: 0, learning_rate: 0.01 } };

/** What the weights of a model are asked for: how many bytes of each tensor were read. */
function counted(open: OpenModel) {
  let bytes = 0;
  const weights = {
    ...open.weights,
    async *streamTensor(...asked: Parameters<OpenModel['weights']['streamTensor']>) {
      for await (const piece of open.weights.streamTensor(...asked)) {
        bytes += piece.length;
        yield piece;
      }
    },
  };
  return { open: { ...open, weights }, bytes: () => bytes };
}

/** Runs one after the other, with one base or each with its own: their losses, errors and bytes of weights read. */
async function runs(executor: Executor, changes: readonly Changes[], base?: SharedBase) {
  const found: { losses: number[]; quantised: number[]; bytes: number; held: number }[] = [];
  const { open, bytes } = counted((await goldenRun('llama-lora', short)).open);
  for (const change of changes) {
    const run = await goldenRun('llama-lora', change);
    const events: TrainingEvent[] = [];
    const before = bytes();
    const training = createTraining({
      ...run,
      adapter: undefined,
      open,
      executor,
      base,
      onEvent: (e) => events.push(e),
    });
    await training.start();
    found.push({
      losses: events.flatMap((event) => (event.kind === 'step' ? [event.metrics.loss] : [])),
      quantised: events.flatMap((event) => (event.kind === 'quantised' ? [event.error] : [])),
      bytes: bytes() - before,
      held: training.model.session.statistics.bufferBytes,
    });
    training.dispose();
  }
  base?.dispose();
  return found;
}

const withRank = (lora_r: number, more: Changes = {}): Changes => ({
  ...short,
  ...more,
  tuning: { lora_r, init_from: '' },
});
const whole: Changes = { ...short, tuning: { method: 'full', init_from: '' } };

test.each([
  ['as published', software, {}],
  ['in four bits', none, { model: { weights: 'int4' } }],
] as const)('runs of one base %s read its weights once, and learn as each alone does', async (_, executor, model) => {
  const changes = [2, 4, 2].map((rank) => withRank(rank, model as Changes));
  const alone = await runs(executor, changes);
  const shared = await runs(executor, changes, new SharedBase());
  expect(alone[1]!.bytes).toBe(alone[0]!.bytes);
  expect(shared.map(({ bytes }) => bytes)).toEqual([alone[0]!.bytes, 0, 0]);
  expect(shared.map(({ held }) => held)).toEqual(alone.map(({ held }) => held));
  // What was told of the first is told of the others.
  for (const { quantised } of shared) expect(quantised).toEqual(shared[0]!.quantised);
  expect(alone[0]!.losses).toHaveLength(3);
  expect(alone[0]!.quantised).toHaveLength(executor === none ? 1 : 0);
  if (executor === none) return;
  expect(shared.map(({ losses }) => losses)).toEqual(alone.map(({ losses }) => losses));
  expect(alone[0]!.losses).not.toEqual(alone[1]!.losses);
});

test('runs whose frozen weights are others read what they need anew', async () => {
  const changes = [withRank(2), withRank(2, { model: { weights: 'int8' } }), whole, withRank(2)];
  const alone = await runs(none, changes);
  const shared = await runs(none, changes, new SharedBase());
  const seen = (all: typeof alone) => all.map(({ quantised, bytes, held }) => [quantised.length, bytes, held]);
  expect(seen(shared)).toEqual(seen(alone));
});
