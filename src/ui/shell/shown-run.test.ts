import { expect, test } from 'vitest';
import type { RunDetail } from '../../worker/protocol.ts';
import { createStudioStore, type LiveRun, type Studio } from '../store.ts';
import { shownRun } from './shown-run.ts';

const begun = { id: 'r', name: 'm · d', method: 'lora', learningRate: 1e-4, step: 10 } as RunDetail;
const metrics = [
  { step: 11, loss: 2, evalLoss: 3 },
  { step: 12, loss: 1 },
] as LiveRun['metrics'];
const live = {
  id: 'r',
  begun,
  metrics,
  phase: 'training',
  step: 12,
  totalSteps: 20,
  etaSeconds: 16,
  elapsedSeconds: 6,
};
const state = (more: Partial<Studio>): Studio => ({
  ...createStudioStore().getState(),
  step: 'train',
  run: live as unknown as LiveRun,
  ...more,
});

test('the card of a run describes that run to its end, whatever the form says', () => {
  expect(shownRun(state({}))).toMatchObject({ name: 'm · d', step: 12, loss: 1, evalLoss: 3, secondsPerStep: 2 });
  const ended = { ...live, phase: 'finished' } as unknown as LiveRun;
  expect(shownRun(state({ run: ended }))).toMatchObject({ learningRate: 1e-4, phase: 'finished', secondsPerStep: 3 });
});

test('the form of the next run has its own card while a run goes on, and so have the steps before', () => {
  expect(shownRun(state({ drafting: true }))).toBeNull();
  expect(shownRun(state({ step: 'data' }))).toBeNull();
});

test('a run of the past is described where it is looked at', () => {
  const viewed = { id: 'old', lastLoss: 4, name: 'old' } as RunDetail;
  expect(shownRun(state({ viewed }))).toMatchObject({ id: 'old', loss: 4, secondsPerStep: null });
});
