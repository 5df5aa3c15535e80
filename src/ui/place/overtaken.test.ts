/** Of what is on its way, what the visitor chose last counts, in whichever order answers come. */
import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../errors.ts';
import { file, hub, keptSetup, settled, visit, worker } from '../../testing/held-visit.ts';
import type { RunConfig } from '../../training/config/run-config.ts';

describe('of two things that are opened', () => {
  it.each([
    ['one.csv', 'two.csv'],
    ['two.csv', 'one.csv'],
  ])('the table that was chosen last is there, whichever is read first (%s, %s)', async (...order) => {
    const { openData, openValidation, state, answer } = visit(['openData']);
    const opened = [openData(file('one.csv')), openData(file('two.csv'))];
    await answer(...order);
    expect(await Promise.all(opened)).toEqual([false, true]);
    expect(state()).toMatchObject({
      data: { value: { name: 'two.csv' }, pending: false },
      config: { dataset: { train_dataframe: 'two.csv' } },
    });
    const validation = [openValidation(file('one.csv')), openValidation(file('two.csv'))];
    await answer(...order);
    await Promise.all(validation);
    expect(state().validation.value?.name).toBe('two.csv');
  });

  it('the model that was chosen last is there, and the failure of the one before is not told', async () => {
    const { openModel, state, answer, waiting } = visit(['openModel']);
    const opened = [openModel(hub('o/one')), openModel(hub('o/two')), openModel(hub('o/three'))];
    await settled();
    waiting.splice(1, 1)[0]!.fail(new AppError('internal', { reason: 'offline' }));
    await answer('o/three', 'o/one');
    expect(await Promise.all(opened)).toEqual([false, false, true]);
    expect(state().model).toMatchObject({ value: { name: 'o/three' }, source: { id: 'o/three' }, error: null });
    expect(state().config.model.llm_backbone).toBe('o/three');
  });

  it('a table is not read again over one that was opened meanwhile', async () => {
    const readAgain = () => ({
      table: { ...(worker.openData!({ source: file('one.csv') }) as object) },
      validation: null,
    });
    const { openData, chooseReading, state, answer } = visit(['readAgain'], { answers: { readAgain } });
    await openData(file('one.csv'));
    const again = chooseReading({ encoding: 'cp932' });
    await openData(file('two.csv'));
    await answer('readAgain');
    await again;
    expect(state()).toMatchObject({ data: { value: { name: 'two.csv' } }, config: { dataset: { encoding: '' } } });
  });

  it('an adapter is not gone on from with a model that was opened meanwhile, or once it was let go of', async () => {
    const openAdapter = ({ config }: { config: unknown }) => {
      return { tuning: { ...(config as RunConfig).tuning, init_from: 'adapter' }, baseModel: '' };
    };
    const { openModel, continueAdapter, startFresh, state, answer } = visit(['openAdapter'], {
      answers: { openAdapter },
    });
    const files = [{ path: 'adapter.safetensors', blob: new Blob() }];
    for (const act of [() => openModel(hub('o/other')), startFresh]) {
      const continued = continueAdapter(files);
      await act();
      await answer('openAdapter');
      await continued;
      expect(state().config.tuning.init_from).toBe('');
    }
  });

  it('the table of the visitor wins over one that is restored, and over the example', async () => {
    const restored = visit(['openModel', 'openData', 'listRuns'], { kept: keptSetup });
    const begun = restored.begin();
    await settled();
    const own = restored.openData(file('mine.csv'));
    await restored.answer('listRuns', 'mine.csv');
    await Promise.all([begun, own]);
    expect(restored.state()).toMatchObject({ data: { value: { name: 'mine.csv' } }, restored: null });
    expect(restored.waiting, 'nothing else is opened').toEqual([]);

    const later = visit(['openData'], { kept: keptSetup });
    const bringing = later.begin();
    await vi.waitFor(() => expect(later.waiting).toHaveLength(1));
    const mine = later.openData(file('mine.csv'));
    await later.answer('mine.csv', 'kept.csv');
    await Promise.all([bringing, mine]);
    expect(later.state()).toMatchObject({ data: { value: { name: 'mine.csv' } }, restored: null });

    const example = visit(['openModel']);
    const tried = example.tryExample();
    await example.openData(file('mine.csv'));
    await example.answer('openModel');
    await tried;
    expect(example.state()).toMatchObject({ data: { value: { name: 'mine.csv' } }, starting: null, run: null });
  });

  it('the example wins over a set-up that is being restored', async () => {
    const { begin, tryExample, state, answer } = visit(['openModel'], { kept: keptSetup });
    const begun = begin();
    await vi.waitFor(() => expect(state().restored?.pending).toBe(true));
    const tried = tryExample();
    await answer('openModel', 'openModel');
    await Promise.all([begun, tried]);
    expect(state()).toMatchObject({
      restored: null,
      fromExample: true,
      data: { isExample: true },
      run: { id: 'begun' },
    });
    expect(state().config.training.learning_rate).toBe(2e-3);
  });

  it('the run whose settings were asked for last sets up the form', async () => {
    const { reuseRun, state, answer } = visit(['readRun']);
    const reused = [reuseRun('one'), reuseRun('two')];
    await answer('two', 'one');
    expect(await Promise.all(reused)).toEqual([false, true]);
    expect(state()).toMatchObject({ restored: { of: 'two' }, data: { value: { name: 'two' } } });
  });

  it('nothing arrives after the form was made new', async () => {
    const { openModel, openData, startOver, state, answer } = visit(['openModel', 'openData'], {
      answers: { forgetSetup: () => ({}) },
    });
    const opened = [openModel(hub('o/m')), openData(file('one.csv'))];
    await startOver();
    await answer('openModel', 'openData');
    await Promise.all(opened);
    expect(state()).toMatchObject({ model: { value: null, pending: false }, data: { value: null, pending: false } });
  });
});
