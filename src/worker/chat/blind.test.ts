import { expect, test, vi } from 'vitest';
import type { Table } from '../../data/table.ts';
import { readText, writeText } from '../../files/directory.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { portable } from '../../plan/profile.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { oneIsFirst } from '../../training/results/choices.ts';

vi.stubGlobal('self', { location: { href: 'http://localhost/worker.js' } });
vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
const { createPreparation } = await import('../runs/preparation.ts');
const { runHandlers } = await import('../runs/run-handlers.ts');
const { loadTable } = await import('../data/load-table.ts');
const { foundOut } = await import('../../data/read-table.ts');
const { Workshop } = await import('../workshop.ts');
const { chatHandlers } = await import('./chat-handlers.ts');

const golden = await goldenRun('gpt2-full', {
  dataset: { validation_strategy: 'automatic', validation_size: 0.3 },
  training: { max_steps: 3, batch_size: 6, grad_accumulation: 1, learning_rate: 0.05, schedule: 'Constant' },
  tuning: { init_from: '' },
  prediction: { max_length_inference: 4 },
});
const settings = {
  ...{ maxNewTokens: 6, doSample: false, temperature: 1, topK: 0, topP: 1, seed: 1, numBeams: 1 },
  ...{ repetitionPenalty: 1, minNewTokens: 2 },
};

/** A page with a model and a table open. */
function page(runs: ReturnType<typeof memoryDirectory>, onFinished = () => {}) {
  const workshop = new Workshop((event, data) => {
    if (event === 'phase' && (data as { phase: string }).phase === 'finished') onFinished();
  });
  workshop.model = { source: { kind: 'example' }, name: 'm', open: golden.open, tokenizer: golden.tokenizer };
  const table = golden.tables.training as Table;
  const lines = [table.columns, ...table.rows].map((row) => row.map((cell) => JSON.stringify(cell)).join(','));
  workshop.table = { name: 'data.csv', blobs: [new Blob([lines.join('\n')])], table };
  vi.spyOn(workshop.executors, 'executor').mockImplementation(async () => referenceExecutor());
  vi.spyOn(workshop.executors, 'profile').mockResolvedValue({ ...portable, memoryBudget: 2 ** 30 });
  vi.spyOn(workshop, 'runs').mockResolvedValue(runs);
  vi.spyOn(workshop, 'storage').mockResolvedValue(memoryDirectory());
  const handlers = { ...runHandlers(workshop, createPreparation(workshop)), ...chatHandlers(workshop) };
  return { workshop, handlers };
}

/** A page with a run that has ended, and what it is asked with. */
async function endedRun() {
  const runs = memoryDirectory();
  let hasEnded = false;
  const { workshop, handlers } = page(runs, () => {
    hasEnded = true;
  });
  const { id } = (await handlers.startRun({ config: golden.config }))!;
  await vi.waitFor(() => expect(hasEnded).toBe(true), 30_000);
  return { workshop, runs, handlers, id };
}

test('the page is told two answers and no names; what is chosen is kept with whose they were', async () => {
  const { workshop, runs, handlers, id: runId } = await endedRun();
  const ask = (prompts: readonly string[] | null, count = 4) =>
    handlers.askBlind({ requestId: 'blind', runId, other: null, prompts, count, settings });
  const told = await ask(null);
  expect(Object.keys(told).sort()).toEqual(['alike', 'prompts', 'questions', 'round']);
  expect(told.prompts).toBe(4);
  expect(told.questions.length).toBeGreaterThan(1);
  expect(told.questions.length + told.alike).toBe(4);

  const choices = ['first', 'second', 'tie', 'first'] as const;
  for (const [place, question] of told.questions.entries()) {
    expect(Object.keys(question)).toEqual(['prompt', 'answers']);
    await handlers.chooseBlind({ round: told.round, place, choice: choices[place]! });
  }
  const kept = await handlers.readChoices({ runId });
  expect(kept.choices).toHaveLength(told.questions.length);
  for (const [place, { prompt, one, other, first, chosen, seed }] of kept.choices.entries()) {
    const said = async (side: 'base' | 'tuned') => {
      const messages = [{ role: 'user', text: prompt }] as const;
      return (await handlers.chat({ requestId: 'chat', runId, side, messages, settings })).text;
    };
    expect([one.answer, other.answer]).toEqual([await said('tuned'), await said('base')]);
    expect([one.result, one.step, other.result, other.step]).toEqual([runId, 3, null, null]);
    const { answers } = told.questions[place]!;
    expect(answers).toEqual(first === 'one' ? [one.answer, other.answer] : [other.answer, one.answer]);
    expect(first).toBe(oneIsFirst(seed, place) ? 'one' : 'other');
    const better = chosen === 'tie' ? null : chosen === 'one' ? one.answer : other.answer;
    expect(better).toBe({ first: answers[0], second: answers[1], tie: null }[choices[place]!]);
  }
  const [{ wins, losses, ties }] = kept.tallies as [(typeof kept.tallies)[number]];
  expect(wins + losses + ties).toBe(kept.choices.length);
  const pairs = await loadTable(workshop, { kind: 'choices', runId, name: 'my-choices.jsonl' }, foundOut);
  expect(pairs.table.columns).toEqual(['prompt', 'chosen', 'rejected']);
  expect(pairs.table.rows).toEqual(kept.pairs.map(({ prompt, chosen, rejected }) => [prompt, chosen, rejected]));

  // No held-out prompt is compared twice; what is typed is asked as it stands.
  const chosenBefore = new Set(kept.choices.map(({ prompt }) => prompt));
  const next = await ask(null, 100);
  expect(next.questions.filter(({ prompt }) => chosenBefore.has(prompt))).toEqual([]);
  const typed = await ask([told.questions[0]!.prompt]);
  expect(typed.questions.map(({ prompt }) => prompt)).toEqual([told.questions[0]!.prompt]);

  // Of an earlier round, of no question, of a run that is gone: nothing is kept.
  const internal = expect.objectContaining({ code: 'internal' });
  await expect(handlers.chooseBlind({ round: told.round, place: 0, choice: 'tie' })).rejects.toEqual(internal);
  await expect(handlers.chooseBlind({ round: typed.round, place: 1, choice: 'tie' })).rejects.toEqual(internal);
  await runs.remove(runId);
  await expect(handlers.chooseBlind({ round: typed.round, place: 0, choice: 'tie' })).rejects.toEqual(
    expect.objectContaining({ code: 'run-missing' }),
  );
  expect(await runs.list('')).toEqual([]);
}, 60_000);

test('a later visit goes on with the choices of the one before, and asks no prompt twice', async () => {
  const { runs, handlers, id: runId } = await endedRun();
  const asked = { requestId: 'blind', runId, other: null, prompts: null, count: 2, settings };
  const first = await handlers.askBlind(asked);
  await handlers.chooseBlind({ round: first.round, place: 0, choice: 'first' });
  const { choices } = await handlers.readChoices({ runId });
  expect(choices).toHaveLength(1);

  const { handlers: later } = page(runs);
  expect((await later.readChoices({ runId })).choices).toEqual(choices);
  const internal = expect.objectContaining({ code: 'internal' });
  await expect(later.chooseBlind({ round: first.round, place: 1, choice: 'tie' })).rejects.toEqual(internal);
  const second = await later.askBlind({ ...asked, count: 100 });
  expect(second.questions.map(({ prompt }) => prompt)).not.toContain(choices[0]!.prompt);
  for (const place of second.questions.keys())
    await later.chooseBlind({ round: second.round, place, choice: 'second' });
  const all = (await later.readChoices({ runId })).choices;
  expect(all[0]).toEqual(choices[0]);
  expect(new Set(all.map(({ prompt }) => prompt)).size).toBe(all.length);
  // Whose answer stands first changes from question to question.
  const sides = Array.from({ length: 32 }, (_, place) => oneIsFirst(all[0]!.seed, place));
  expect(new Set(sides).size).toBe(2);
}, 60_000);

test('a run that went back to its best says the step of that', async () => {
  const { runs, handlers, id: runId } = await endedRun();
  const outcome = JSON.parse(await readText(runs, `${runId}/outcome.json`));
  await writeText(runs, `${runId}/outcome.json`, JSON.stringify({ ...outcome, resultStep: 2 }));
  const { round } = await handlers.askBlind({ requestId: 'b', runId, other: null, prompts: null, count: 9, settings });
  await handlers.chooseBlind({ round, place: 0, choice: 'first' });
  expect((await handlers.readChoices({ runId })).choices.map(({ one }) => one.step)).toEqual([2]);
}, 60_000);

test('results of two base models are not compared', async () => {
  const { runs, handlers, id: runId } = await endedRun();
  for (const file of ['run.json', 'info.json', 'origin.json'])
    await runs.write(`other/${file}`, [await runs.read(`${runId}/${file}`)]);
  const { files, ...mark } = JSON.parse(new TextDecoder().decode(await runs.read(`${runId}/base.json`)));
  const changed = { ...mark, files: files.map((file: object) => ({ ...file, pages: 'f'.repeat(64) })) };
  await writeText(runs, 'other/base.json', JSON.stringify(changed));
  const asked = { requestId: 'blind', runId, other: 'other', prompts: ['a'], count: 1, settings };
  await expect(handlers.askBlind(asked)).rejects.toEqual(expect.objectContaining({ code: 'blind-other-base' }));
}, 60_000);
