import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { data } from './data.ts';
import { make } from './make.ts';

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const run = promisify(execFile);
const studio = (...argv: string[]) =>
  run(process.execPath, [path('../../node_modules/tsx/dist/cli.mjs'), path('main.ts'), ...argv]);

/** What a command says, in this process. */
async function said(command: (argv: readonly string[]) => Promise<void>, ...argv: string[]): Promise<string> {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line) => lines.push(line));
  const error = vi.spyOn(console, 'error').mockImplementation((line) => lines.push(line));
  try {
    await command(argv);
    return lines.join('\n');
  } finally {
    log.mockRestore();
    error.mockRestore();
  }
}

/** Says each prompt in other words, but once nothing; fails where it is asked more than `patience` times. */
let patience = Number.POSITIVE_INFINITY;
const keys: (string | undefined)[] = [];
const server = createServer((request, response) => {
  let text = '';
  request.on('data', (piece) => (text += piece));
  request.on('end', () => {
    keys.push(request.headers.authorization);
    const { messages } = JSON.parse(text) as { messages: { content: string }[] };
    const content = keys.length === 2 ? '' : `Well: ${messages[0]!.content.split('\n').at(-1)}`;
    response.writeHead(keys.length > patience ? 503 : 200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ choices: [{ message: { content }, finish_reason: 'stop' }] }));
  });
});

let folder: string;
let runFile: string;
let endpoint: string;
const within = (name: string): string => join(folder, name);

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  folder = await mkdtemp(join(tmpdir(), 'atelier-make-'));
  runFile = within('run.json');
  const dataset = { train_dataframe: path('../../public/example/data.csv'), validation_size: 0.1 };
  const model = { llm_backbone: path('../../public/example/model') };
  await writeFile(runFile, JSON.stringify({ model, dataset, environment: { seed: 1, executor: 'tfjs-wasm' } }));
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

const lines = async (file: string): Promise<string[]> => (await readFile(file, 'utf8')).trimEnd().split('\r\n');

interface Report {
  readonly rowCount: number;
  readonly split: { readonly train: number; readonly validation: number };
  readonly problems: readonly { readonly code: string; readonly count: number }[];
}

async function reportOf(table: string): Promise<Report> {
  const config = JSON.parse(await readFile(runFile, 'utf8')) as { dataset: object };
  const file = within('report.json');
  await writeFile(file, JSON.stringify({ ...config, dataset: { ...config.dataset, train_dataframe: table } }));
  return JSON.parse(await said(data, file, '--json'));
}

test('a server makes rows that nobody has approved, and approved ones are learned and never held back', async () => {
  const made = within('made.csv');
  const server = ['--server', endpoint, '--server-model', 'm'];
  vi.stubEnv('ATELIER_SERVER_KEY', 'secret');
  const told = await said(make, runFile, ...server, '--rows', '4', '--kinds', 'paraphrase', '--out', made);
  expect(told).toContain(`sent to ${endpoint}, with a key`);
  expect(new Set(keys)).toEqual(new Set(['Bearer secret']));
  expect(told).toContain('4 rows in');
  expect(told).toContain('3 of them without a finding. None is approved yet.');
  const [head, ...rows] = await lines(made);
  expect(head).toBe(
    '\uFEFFinstruction,output,atelier_made,atelier_made_by,atelier_made_from,atelier_approved,atelier_source_row,atelier_checks,atelier_remark',
  );
  expect(rows).toHaveLength(4);
  expect(rows[1]).toMatch(/^,.*,paraphrase,m \(127\.0\.0\.1:\d+\),.+,no,\d+,empty,$/);

  const before = await reportOf(path('../../public/example/data.csv'));
  const alone = JSON.parse(await said(data, made, '--json')) as Report;
  expect(alone.split).toEqual({ train: 0, validation: 0 });
  expect(alone.problems).toContainEqual(expect.objectContaining({ code: 'made-unapproved', count: 4 }));
  const merged = within('merged.csv');
  expect(await said(make, runFile, '--merge', made, '--out', merged)).toContain('0 of 4 made rows');
  expect((await reportOf(merged)).split).toEqual(before.split);
  await said(make, runFile, '--merge', made, '--out', merged, '--approve');
  const after = await reportOf(merged);
  expect(after.rowCount).toBe(before.rowCount + 3);
  expect(after.split).toEqual({ train: before.split.train + 3, validation: before.split.validation });
  expect(after.problems.filter(({ code }) => code.startsWith('made'))).toEqual([]);

  // The unapproved ones, pasted behind the rows, are told and not learned.
  const unapproved = within('unapproved.csv');
  const table = (await readFile(merged, 'utf8')).replaceAll(/,yes\r\n/g, ',no\r\n');
  await writeFile(unapproved, table);
  const left = await reportOf(unapproved);
  expect(left.split).toEqual(before.split);
  expect(left.problems).toContainEqual(expect.objectContaining({ code: 'made-unapproved', count: 3 }));
}, 180_000);

test('what a server wrote before it failed is kept, and the failure is told', async () => {
  keys.length = 2;
  patience = 4;
  const made = within('broken.csv');
  const server = ['--server', endpoint, '--server-model', 'm'];
  await expect(studio('make', runFile, ...server, '--rows', '9', '--out', made)).rejects.toThrow(
    `The server at ${endpoint} wrote nothing: it answered 503.`,
  );
  expect(await lines(made)).toHaveLength(3);
}, 60_000);

test('the open model makes the same rows again with the same seed', async () => {
  const of = async (name: string, seed: string) => {
    const given = ['--rows', '2', '--kinds', 'paraphrase,answer,critique', '--max-new-tokens', '6'];
    await said(make, runFile, ...given, '--seed', seed, '--out', within(name));
    return readFile(within(name), 'utf8');
  };
  const first = await of('one.csv', '1');
  expect(first.trimEnd().split('\r\n').length).toBeGreaterThanOrEqual(3);
  expect(first).toContain(',paraphrase,model,');
  expect(await of('two.csv', '1')).toBe(first);
  expect(await of('three.csv', '2')).not.toBe(first);
}, 180_000);

test.each([
  [['--kinds', 'critique', '--out', 'a.csv'], '--kinds must name paraphrase or answer'],
  [['--kinds', 'summary', '--out', 'a.csv'], 'not "summary"'],
  [['--rows', '1001', '--out', 'a.csv'], '--rows must be at most 1000'],
  [['--out', 'a.json'], '--out must end with .csv'],
  [['--approve', '--out', 'a.csv'], '--approve goes with --merge'],
  [['--server', 'localhost', '--server-model', 'm', '--out', 'a.csv'], 'such as http://localhost:11434/v1'],
  [['--out', path('../../public/example/data.csv')], '--out is the table of the run itself'],
])(
  '%j is refused',
  async (argv, reason) => {
    await expect(make([runFile, ...argv])).rejects.toThrow(reason);
  },
  60_000,
);
