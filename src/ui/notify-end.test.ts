import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Client } from '../worker/client.ts';
import type { RunPhase, SweepView } from '../worker/protocol.ts';
import { sweepCommands } from './commands/sweeps.ts';
import { notifyEnd } from './notify-end.ts';
import { createStudioStore } from './store.ts';
import { loadLanguage } from './text/messages.ts';

const told: string[] = [];
afterEach(() => {
  vi.unstubAllGlobals();
  told.length = 0;
});

beforeAll(() => loadLanguage('en'));

test('a run tells of its end, those of a sweep only when the sweep has ended', () => {
  class Notified {
    static permission = 'granted';
    constructor(_: string, { body }: { body: string }) {
      told.push(body);
    }
  }
  vi.stubGlobal('Notification', Notified);
  vi.stubGlobal('document', { visibilityState: 'hidden', hasFocus: () => false });
  const store = createStudioStore();
  store.setState({ notify: true });
  const runEnds = (phase: RunPhase) => notifyEnd(store.getState(), phase);
  runEnds('finished');
  expect(told).toHaveLength(1);

  let tell = (_: SweepView) => {};
  const client = {
    on(event: string, heard: typeof tell) {
      if (event === 'sweep') tell = heard;
    },
  };
  const around = { adopt() {}, whenLoaded: async () => {}, loadConfig: async () => {}, takeConfig() {} };
  sweepCommands(store, client as unknown as Client, around);
  const view = (state: SweepView['state']) => ({ id: 'sweep-1', state }) as SweepView;
  tell(view('running'));
  runEnds('finished');
  runEnds('stopped');
  tell(view('running'));
  expect(told).toHaveLength(1);
  tell(view('finished'));
  tell(view('finished'));
  expect(told.slice(1)).toEqual(['Sweep: Finished']);
  runEnds('finished');
  expect(told).toHaveLength(3);
});
