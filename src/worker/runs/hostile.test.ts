import { unzipSync } from 'fflate';
import { beforeEach, expect, test, vi } from 'vitest';
import { AppError } from '../../errors.ts';
import { folderFiles } from '../../files/archive.ts';
import { type Directory, subdirectory, writeText } from '../../files/directory.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { appendMetrics, appendSamples, saveCheckpoint } from '../../files/runs.ts';
import { zipFiles } from '../../files/zip.ts';
import { parseRunConfig } from '../../training/config/run-config.ts';

// Modules of the worker ask where they lie and what they run on.
vi.stubGlobal('self', { location: { href: 'http://localhost/worker.js' } });
vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
const { Workshop } = await import('../workshop.ts');
const { keepHandlers } = await import('../results/keep-handlers.ts');
const { historyHandlers } = await import('./history-handlers.ts');
const { createPreparation } = await import('./preparation.ts');
const { runHandlers } = await import('./run-handlers.ts');
const { saveOrigin } = await import('./run-origin.ts');
const { newRunId, saveBeginning } = await import('./run-store.ts');

let runs: Directory;
let handlers: ReturnType<typeof keepHandlers> & ReturnType<typeof historyHandlers> & ReturnType<typeof runHandlers>;
beforeEach(() => {
  runs = memoryDirectory();
  const workshop = new Workshop(() => {});
  vi.spyOn(workshop, 'runs').mockResolvedValue(runs);
  handlers = {
    ...keepHandlers(workshop),
    ...historyHandlers(workshop),
    ...runHandlers(workshop, createPreparation(workshop)),
  };
});

/** A run as the page leaves it, with one of its files replaced. */
async function writeRun(run: Directory, file?: string, text?: string): Promise<void> {
  const sample = { prompt: 'a', expected: 'b', base: null, tuned: 'c', score: null };
  await saveOrigin(run, { source: { kind: 'example' }, model: 'm', table: 't.csv', totalSteps: 3 });
  await writeText(run, 'table', 'a,b\n1,2\n');
  await saveBeginning(run, parseRunConfig({}), 'rows');
  await appendMetrics(run, [{ step: 1, loss: 2 }]);
  await appendSamples(run, [{ step: 1, samples: [sample], score: null }]);
  await saveCheckpoint(run, 1, [{ name: 'w', shape: [1], data: new Float32Array(1) }], null);
  if (file !== undefined) await writeText(run, file, text!);
}

const origin = (changes: object) =>
  JSON.stringify({ source: { kind: 'example' }, model: 'm', table: 't.csv', totalSteps: 3, ...changes });

/** What of the run is left: it stands in the list as ever, or apart as damaged. */
const attacks: [file: string, text: string, left: 'shown' | 'damaged'][] = [
  ['run.json', '{}', 'shown'],
  ['run.json', '{"dataset":{}}', 'shown'],
  ['run.json', '[]', 'damaged'],
  ['run.json', '{"training":{"batch_size":{}}}', 'damaged'],
  ['run.json', '{', 'damaged'],
  ['info.json', 'null', 'damaged'],
  ['info.json', '{"fingerprint":1,"created":"never"}', 'damaged'],
  ['origin.json', origin({ model: {} }), 'damaged'],
  ['origin.json', origin({ source: { kind: 'hub', id: ['x'] } }), 'damaged'],
  ['origin.json', origin({ totalSteps: 'many', cost: 7 }), 'damaged'],
  ['samples.jsonl', '{"step":1}\n', 'shown'],
  ['samples.jsonl', '{"step":1,"samples":{"length":3}}\n{"step":2,"samples":[null],"score":null}\n', 'shown'],
  ['metrics.jsonl', '{"step":1,"loss":{"toFixed":1}}\n[]\n{"step":-1}\n{"step":1e999}\n', 'shown'],
  ['state.json', '{"phase":{"a":1}}', 'shown'],
  ['outcome.json', '{"reason":"finished","rows":null,"heldOut":{"metric":"__proto__"}}', 'shown'],
  ['identity.json', '{"model":7}', 'shown'],
  ['base.json', '{"commit":1}', 'shown'],
];

test.each(attacks)(
  '%s as %s: the run is %s in the list, can be taken away and deleted, and hides no other',
  async (file, text, left) => {
    const [good, bad] = [newRunId(), newRunId()];
    await writeRun(subdirectory(runs, good));
    await writeRun(subdirectory(runs, bad), file, text);
    const listed = await handlers.listRuns({});
    const ids = { shown: listed.runs.map(({ id }) => id), damaged: listed.damaged.map(({ id }) => id) };
    expect(ids).toEqual(
      left === 'shown'
        ? { shown: expect.arrayContaining([good, bad]), damaged: [] }
        : { shown: [good], damaged: [bad] },
    );
    for (const { error } of listed.damaged) expect(error.code).not.toBe('internal');
    // What is looked at is plain data of the right form, or refused with a reason.
    const looked = await handlers.readRun({ runId: bad }).catch((thrown: unknown) => thrown);
    if (looked instanceof Error) expect((looked as AppError).code).toMatch(/invalid/);
    else
      for (const { samples } of (looked as { evaluations: { samples: object[] }[] }).evaluations)
        expect(samples[0]).toMatchObject({ prompt: 'a' });
    const { blob } = await handlers.download({ runId: bad, target: 'archive' });
    const taken = new TextDecoder().decode(unzipSync(new Uint8Array(await blob.arrayBuffer()))[file]);
    // Settings are written anew, without the places of this computer.
    if (file === 'run.json' && left === 'shown') expect(JSON.parse(taken)).toEqual(JSON.parse(text));
    else expect(taken).toBe(text);
    await handlers.deleteRun({ runId: bad });
    expect((await handlers.listRuns({})).runs.map(({ id }) => id)).toEqual([good]);
  },
);

test.each(attacks)(
  'an archive with %s as %s is taken in and shown, or refused, and leaves nothing behind',
  async (file, text, left) => {
    const run = memoryDirectory();
    await writeRun(run, file, text);
    const archive = new File([await zipFiles(await folderFiles(run))], 'run.zip');
    const taken = await handlers.importRun({ archive }).catch((thrown: unknown) => thrown);
    if (left === 'damaged') expect(taken).toBeInstanceOf(AppError);
    const { runs: shown, damaged } = await handlers.listRuns({});
    expect([shown.length, damaged.length]).toEqual([left === 'shown' ? 1 : 0, 0]);
    expect((await runs.list('')).length).toBe(shown.length);
  },
);
