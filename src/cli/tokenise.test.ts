import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { folderFiles, withChanges } from '../testing/golden-run.ts';
import { parseRunConfig } from '../training/config/run-config.ts';
import { openRun } from '../training/session/fit-run.ts';
import { openModel, openTokenizer } from '../training/session/open-model.ts';
import { encodeAhead, manyRows, type TokeniseAnswer, tokeniseRequests } from '../training/session/tokenise.ts';
import { tokeniseProcess } from './tokenise.ts';

const example = new URL('../../public/example/', import.meta.url);
const open = await openModel(folderFiles(new URL('model/', example)));
const tokenizer = await openTokenizer(open.files);
const config = withChanges(parseRunConfig(JSON.parse(readFileSync(new URL('run.json', example), 'utf8'))), {
  environment: { seed: 1 },
});
const withWorkers = (number_of_workers: number) => withChanges(config, { environment: { number_of_workers } });

const rows = Array.from({ length: 700 }, (_, index) => [
  `What is ${index}?`,
  index % 10 === 3 ? '' : `It is ${index}.`,
]);
const tables = { training: { columns: ['instruction', 'output'], rows } };

const never = () => {
  throw new Error('a process was started');
};

test.each([1, 2])(
  'rows encoded ahead by %d are those of a run, with the same problems',
  {
    timeout: 600_000,
  },
  async (workers) => {
    const asked = withWorkers(workers);
    let opened = 0;
    const told: [number, number][] = [];
    const encoded = await encodeAhead(
      { config: asked, open, tables, tokenizer },
      () => {
        opened++;
        return tokeniseProcess();
      },
      { onEncoded: (...progress) => told.push(progress) },
    );
    expect(opened).toBe(workers === 1 ? 0 : workers);
    expect(told.every(([done, total], index) => total === 700 && done > (told[index - 1]?.[0] ?? 0))).toBe(true);
    const prepare = (ahead: typeof encoded) =>
      openRun(open, asked, { tables, tokenizer, encoded: ahead }).lesson.fit(open.model, null, asked).prepare();
    const [apart, together] = [prepare(encoded), prepare(undefined)];
    expect(apart.trainExamples.problems['no-answer'].length).toBeGreaterThan(50);
    const all = ({ trainExamples: { examples, ...others } }: typeof apart) => ({ ...others, examples: [...examples] });
    expect(all(apart)).toEqual(all(together));
    expect(apart.fingerprint).toBe(together.fingerprint);
    expect(apart.validation?.batchAt(0, 0)).toEqual(together.validation?.batchAt(0, 0));
  },
);

test('two threads encode very many rows, though one is asked for', async () => {
  const few = new Array<readonly string[]>(manyRows).fill(['What?', 'It.']);
  const run = { config: withWorkers(1), open, tables: { training: { ...tables.training, rows: few } }, tokenizer };
  let opened = 0;
  const here = () => {
    opened++;
    const answers: TokeniseAnswer[] = [];
    const handle = tokeniseRequests((answer) => answers.push(answer));
    return { send: handle, answer: async () => answers.shift()!, close() {} };
  };
  await encodeAhead(run, here);
  expect(opened).toBe(2);
  opened = 0;
  const { training } = run.tables;
  await encodeAhead({ ...run, tables: { training: { ...training, rows: few.slice(1) } } }, here);
  expect(opened).toBe(0);
});

function giveUp() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

test('threads that hang are closed when nobody waits any more', async () => {
  const { signal, abort } = giveUp();
  let threads = 0;
  const hanging = () => {
    threads++;
    return { send() {}, answer: () => new Promise<never>(() => {}), close: () => threads-- };
  };
  const run = { config: withWorkers(2), open, tables, tokenizer };
  const encoding = encodeAhead(run, hanging, { signal });
  setTimeout(abort, 50);
  await expect(encoding).rejects.toMatchObject({ name: 'AbortError' });
  expect(threads).toBe(0);
});

test('one that encodes all itself lets messages through meanwhile, and lets go when asked to', async () => {
  const many = { training: { ...tables.training, rows: Array.from({ length: 40 }, () => rows).flat() } };
  let heard = false;
  setTimeout(() => {
    heard = true;
  });
  let last = 0;
  const { signal, abort } = giveUp();
  const onEncoded = (done: number, total: number) => {
    expect([heard, total]).toEqual([true, 28_000]);
    last = done;
    abort();
  };
  const encoding = encodeAhead({ config: withWorkers(1), open, tables: many, tokenizer }, never, { onEncoded, signal });
  await expect(encoding).rejects.toMatchObject({ name: 'AbortError' });
  expect(last).toBeLessThan(28_000);
});

test('no process is started for rows too few to share', async () => {
  const few = { training: { ...tables.training, rows: rows.slice(0, 40) } };
  expect(await encodeAhead({ config: withWorkers(8), open, tables: few, tokenizer }, never)).toBeUndefined();
});

test('a process that breaks is an error, and so is a tokenizer that cannot be read', { timeout: 600_000 }, async () => {
  const killed = () => {
    const thread = tokeniseProcess();
    thread.close();
    return thread;
  };
  const run = { config: withWorkers(2), tables, tokenizer };
  await expect(encodeAhead({ ...run, open }, killed)).rejects.toMatchObject({ code: 'internal' });
  const files = {
    ...open.files,
    text: async (path: string) => (path === 'tokenizer.json' ? '{}' : open.files.text(path)),
  };
  const spoilt = { ...open, files };
  await expect(encodeAhead({ ...run, open: spoilt }, tokeniseProcess)).rejects.toMatchObject({
    code: 'tokenizer-invalid',
  });
});
