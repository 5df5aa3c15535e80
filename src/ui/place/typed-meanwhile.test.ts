/** What the visitor sets while settings are brought in stays. */
import { describe, expect, it, vi } from 'vitest';
import { file, hub, keptSetup, settled, visit } from '../../testing/held-visit.ts';
import type { RunConfig } from '../../training/config/run-config.ts';

describe('settings that are typed while a set-up is restored', () => {
  it('win over the restored ones, before, within and after it, and the others come back', async () => {
    const { begin, set, state, answer } = visit(['listRuns', 'openData'], { kept: keptSetup });
    const begun = begin();
    await settled();
    set('training', 'batch_size', 13);
    await answer('listRuns');
    await vi.waitFor(() => expect(state().restored?.pending).toBe(true));
    set('training', 'learning_rate', 9e-4);
    await answer('openData');
    await begun;
    expect(state().config.training).toMatchObject({ batch_size: 13, learning_rate: 9e-4, epochs: 3 });
    expect(state().restored?.pending).toBe(false);
    expect([...state().own].sort()).toEqual(['training.batch_size', 'training.epochs', 'training.learning_rate']);
  });

  it('stay given back to the recipe where they were', async () => {
    const { begin, backToRecipe, state, answer } = visit(['openData'], { kept: keptSetup });
    const begun = begin();
    await vi.waitFor(() => expect(state().restored?.pending).toBe(true));
    backToRecipe('training.epochs');
    await answer('openData');
    await begun;
    expect(state().own).toEqual(['training.learning_rate']);
  });

  it('stay when what was missing is found later', async () => {
    const kept = { ...keptSetup, model: { kind: 'folder', name: 'm' } as const };
    const { begin, set, bringBack, state } = visit([], { kept });
    await begin();
    set('training', 'learning_rate', 9e-4);
    await bringBack(state().restored!.missing[0]!, [{ path: 'm/config.json', blob: new Blob() }]);
    expect(state().restored?.missing).toEqual([]);
    expect(state().config.training).toMatchObject({ learning_rate: 9e-4, epochs: 3 });
  });

  it('stay when another table was opened before what was missing is found', async () => {
    const kept = { ...keptSetup, model: { kind: 'folder', name: 'm' } as const };
    const { begin, openData, bringBack, state } = visit([], { kept });
    await begin();
    const [missing] = state().restored!.missing;
    await openData(file('mine.csv'));
    await bringBack(missing!, [{ path: 'm/config.json', blob: new Blob() }]);
    expect(state().config.dataset.train_dataframe).toBe('mine.csv');
  });

  it('stay when a field holds no number', async () => {
    const { begin, markInvalid, state, answer } = visit(['openData'], { kept: keptSetup });
    const begun = begin();
    await vi.waitFor(() => expect(state().restored?.pending).toBe(true));
    markInvalid('training.epochs', true);
    await answer('openData');
    await begun;
    expect(state().invalidFields).toEqual(['training.epochs']);
  });

  it('win over the settings of a run, and of the example', async () => {
    const { reuseRun, tryExample, set, state, answer } = visit(['readRun', 'openModel']);
    const reused = reuseRun('r');
    set('training', 'epochs', 8);
    await answer('readRun', 'openModel');
    await reused;
    expect(state().config.training).toMatchObject({ epochs: 8, learning_rate: 5e-4 });
    const tried = tryExample();
    set('training', 'epochs', 9);
    await answer('openModel');
    await tried;
    expect(state().config.training).toMatchObject({ epochs: 9, learning_rate: 2e-3 });
    expect(state().run?.config.training.epochs).toBe(9);
  });

  it('stay while the model that a file of settings names is opened', async () => {
    const { openModelOfSettings, set, state, answer } = visit(['openModel']);
    const opened = openModelOfSettings(hub('o/m'));
    set('training', 'epochs', 8);
    await answer('openModel');
    await opened;
    expect(state()).toMatchObject({ config: { training: { epochs: 8 } }, own: ['training.epochs'] });
  });

  it('stay while an adapter is opened', async () => {
    const openAdapter = ({ config }: { config: unknown }) => {
      return { tuning: { ...(config as RunConfig).tuning, lora_r: 3, init_from: 'adapter' }, baseModel: '' };
    };
    const { openModel, continueAdapter, set, state, answer } = visit(['openAdapter'], { answers: { openAdapter } });
    await openModel({ kind: 'example' });
    const continued = continueAdapter([{ path: 'adapter.safetensors', blob: new Blob() }]);
    set('tuning', 'lora_dropout', 0.4);
    await answer('openAdapter');
    await continued;
    expect(state().config.tuning).toMatchObject({ lora_r: 3, lora_dropout: 0.4 });
  });
});
