import { expect, test } from 'vitest';
import type { RunSummary, Verdict } from '../worker/protocol.ts';
import { createStudioStore } from './store.ts';
import { isPoorResult } from './verdict-of.ts';

const stateWith = (finding: Verdict['finding'] | null) => {
  const verdict = finding && { finding, notes: [], actions: [] };
  const run = { id: 'a', verdict } as unknown as RunSummary;
  return { ...createStudioStore().getState(), runs: { value: [run], pending: false, error: null } };
};

test('what broke, got worse or was never trained is nothing to take first', () => {
  expect(isPoorResult(stateWith({ kind: 'broke', step: 3, loss: null, kept: null }), 'a')).toBe(true);
  expect(isPoorResult(stateWith({ kind: 'untrained' }), 'a')).toBe(true);
  expect(isPoorResult(stateWith({ kind: 'stopped', step: 3, total: 9, loss: null }), 'a')).toBe(false);
  expect(isPoorResult(stateWith(null), 'a')).toBe(false);
  expect(isPoorResult(stateWith({ kind: 'untrained' }), 'b')).toBe(false);
});
