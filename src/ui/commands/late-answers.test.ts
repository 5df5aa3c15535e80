/** An answer that comes late replaces nothing that was chosen since. */
import { describe, expect, it } from 'vitest';
import { detailOf, file, keptSetup, settled, visit, worker } from '../../testing/held-visit.ts';
import type { Client } from '../../worker/client.ts';
import type { RequestName } from '../../worker/protocol.ts';
import type { RunsFolder } from '../runs-folder.ts';
import { createStudio } from '../studio.ts';

describe('a run that is being read', () => {
  it('is not shown once another one, or the form, is', async () => {
    const { viewRun, setUpNew, tryExample, state, answer } = visit(['readRun']);
    const one = [viewRun('one'), viewRun('two')];
    await answer('two', 'one');
    await Promise.all(one);
    expect(state().viewed?.id).toBe('two');
    const three = viewRun('three');
    setUpNew();
    await answer('three');
    await three;
    expect(state().viewed).toBeNull();
    const four = viewRun('four');
    await tryExample();
    await answer('four');
    await four;
    expect(state()).toMatchObject({ viewed: null, run: { id: 'begun' } });
  });

  it('is not overtaken by the news of another one', async () => {
    const { viewRun, state, answer, emit } = visit(['readRun']);
    const one = viewRun('one');
    await answer('one');
    await one;
    const two = viewRun('two');
    emit('runsChanged', {});
    await answer('two');
    await two;
    expect(state().viewed?.id).toBe('two');
  });

  it('is there after a reload, whatever else comes back', async () => {
    const { begin, state } = visit([], { kept: keptSetup, hash: '#/runs/one' });
    await begin();
    expect(state()).toMatchObject({ viewed: { id: 'one' }, step: 'train', data: { value: { name: 'kept.csv' } } });
  });

  it('does not overrule the step that is pressed right after a reload', async () => {
    const { begin, goTo, state, answer } = visit(['listRuns', 'readRun'], { hash: '#/runs/one' });
    const begun = begin();
    await settled();
    goTo('data');
    await answer('listRuns', 'readRun');
    await begun;
    expect(state().step).toBe('data');
  });

  it('stays when a table comes that was chosen before it, and when a run begins', async () => {
    const { openData, viewRun, startRun, state, answer } = visit(['openData', 'startRun']);
    const table = openData(file('one.csv'));
    await viewRun('one');
    await answer('openData');
    await table;
    expect(state().viewed?.id).toBe('one');
    const started = startRun();
    await viewRun('two');
    await answer('startRun');
    await started;
    expect(state()).toMatchObject({ viewed: { id: 'two' }, run: { id: 'begun' } });
  });
});

describe('answers that come late', () => {
  it('an older list of runs does not replace a newer one', async () => {
    let count = 0;
    const listRuns = () => ({ runs: [{ ...detailOf(`list-${++count}`), step: 0, kept: [] }] });
    const { listRuns: list, state, waiting } = visit(['listRuns'], { answers: { listRuns } });
    const lists = [list(), list()];
    await settled();
    waiting[1]!.answer();
    await settled();
    waiting[0]!.answer();
    await Promise.all(lists);
    expect(state().runs.value?.[0]?.id).toBe('list-1');
  });

  it('the language and the memory that were chosen last hold', async () => {
    const { begin, setLanguage, setMemoryBudget, state, answer } = visit(['environment']);
    const languages = [setLanguage('ja'), setLanguage('en')];
    await Promise.all(languages);
    expect(state().language).toBe('en');
    const begun = begin();
    await setMemoryBudget(5);
    await answer('environment');
    await begun;
    expect(state().environment.value).toMatchObject({ bytes: 5 });
  });

  it('what one run says is not shown of another', async () => {
    const { classify, chooseRun, answerTable, state, answer } = visit(['classify', 'answerValidation'], {
      answers: {
        classify: ({ text }) => ({ base: { text }, tuned: { text } }),
        answerValidation: ({ runId }) => ({ rows: [{ prompt: runId }] }),
      },
    });
    const said = classify('one', 'a text');
    chooseRun('two');
    await answer('classify');
    await said;
    expect(state().classified.value).toBeNull();
    const tables = [answerTable('one'), answerTable('two')];
    await answer('"one"');
    expect(state().table).toMatchObject({ runId: 'two', pending: true, value: null });
    await answer('"two"');
    await Promise.all(tables);
    expect(state().table).toMatchObject({ runId: 'two', pending: false, value: { rows: [{ prompt: 'two' }] } });
  });

  it('the rows that taught one are not shown of another', async () => {
    const teachers = (row: number) => ({ rows: [{ row, influence: 1 }], texts: {} });
    const { openExamples, lookAtRow, findTeachers, state, answer } = visit(['findTeachers'], {
      answers: {
        keptExamples: () => ({ rows: [] }),
        lookAtRow: () => ({ tokens: [], price: null }),
        findTeachers: ({ row }) => teachers(row + 100),
      },
    });
    await openExamples('one');
    await lookAtRow('one', { split: 'training', row: 1 });
    const found = findTeachers('one');
    await lookAtRow('one', { split: 'training', row: 2 });
    await answer('findTeachers');
    await found;
    expect(state().examples).toMatchObject({ shown: { row: 2 }, teachers: { value: null, pending: false } });
    const next = findTeachers('one');
    await answer('findTeachers');
    await next;
    expect(state().examples.teachers.value).toEqual(teachers(102));
  });

  it('a file is saved, and not told of another run', async () => {
    const { download, chooseRun, state, answer, save } = visit(['download'], {
      answers: { download: ({ runId }) => ({ fileName: `${runId}.zip`, blob: new Blob() }) },
    });
    const saves = download('one', 'peft');
    chooseRun('two');
    await answer('download');
    await saves;
    expect(save).toHaveBeenCalledOnce();
    expect(state().download).toEqual({ pending: null, saved: null, error: null });
  });

  it('a run that is taken out of a comparison while it is read stays out', async () => {
    const { compareRun, state, answer } = visit(['readRun']);
    const first = compareRun('one');
    await compareRun('one');
    await answer('readRun');
    await first;
    expect(state().compared).toEqual([]);
  });

  it('the folder of the last visit does not replace one that was chosen since', async () => {
    const folder = (name: string) => ({ handle: { name }, allowed: true }) as RunsFolder;
    let remembered: (found: RunsFolder) => void = () => {};
    const client = { request: async (name: RequestName) => worker[name]?.({} as never) ?? {}, on: () => () => {} };
    const { begin, commands, store } = createStudio(client as unknown as Client, () => {}, 'en', undefined, {
      canPick: true,
      remembered: () => new Promise((resolve) => (remembered = resolve)),
      pick: async () => folder('new'),
      allow: async () => null,
      forget: async () => {},
    });
    const begun = begin();
    await commands.pickRunsFolder();
    remembered(folder('old'));
    await begun;
    expect(store.getState()).toMatchObject({
      runsFolder: { chosen: { name: 'new' } },
      config: { environment: { output_directory: 'new' } },
    });
  });
});
