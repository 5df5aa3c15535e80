/** The measuring commands of the documents run: each is started on its smallest case, as a reader would start it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
// @ts-expect-error a plain script shared with `npm start`, which runs before anything is built
import { findBrowser } from '../scripts/browser.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const made = mkdtempSync(join(tmpdir(), 'atelier-started-'));
afterAll(() => rmSync(made, { recursive: true, force: true }));

/** What the command prints; its warnings beside it in the error of one that fails. */
const printed = (program: string, ...words: readonly string[]): string =>
  execFileSync(program, words, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 220_000 });

const tsx = (script: string, ...words: readonly string[]): string =>
  printed(process.execPath, '--import', 'tsx', join(root, script), ...words);

describe('the commands that measure', () => {
  test.each([
    { command: 'bench/step.ts --model tiny --contenders ours --steps 1', shows: /Atelier\n.*loss 4\.\d+ → 4/ },
    { command: 'bench/cases.ts --only relu', shows: /8 of 8 agree with the reference/ },
    { command: 'bench/matmul.ts --size 64 --only f32', shows: /GFLOP\/s {2}NN 64×64×64/ },
    { command: 'bench/kernels.ts --only attention --steps 1 --seconds 1', shows: /attention .* ms .* ms .* ×/ },
    { command: 'bench/plans.ts GPT-2', shows: /\| GPT-2 \| `gpt2` \| 124,439,808 \|/ },
    { command: 'bench/roofline.ts SmolLM2-360M --length 64 --machine m3 --kinds 1', shows: /M3, 10 cores: \d+ ms/ },
    { command: 'bench/scaling.ts --steps 1', shows: /null backend, 24 layers {3}\d+ dispatches/ },
    { command: 'bench/adapter.ts', shows: /"maxStorageBufferBindingSize": \d+/ },
  ])('$command', ({ command, shows }) => {
    const [script, ...words] = command.split(' ');
    expect(tsx(script!, ...words)).toMatch(shows);
  });

  test.skipIf(!findBrowser())('bench/chromium.ts', () => {
    const text = tsx('bench/chromium.ts', '--model', 'tiny', '--contenders', 'ours', '--steps', '1', '--seconds', '1');
    expect(text).toMatch(/Atelier\n.*loss 4\.\d+ → 4/);
  });

  test('bench/bundle.ts with an absolute folder, and what it holds', () => {
    const folder = join(made, 'bundle');
    tsx('bench/bundle.ts', folder);
    const { info } = JSON.parse(printed(process.execPath, join(folder, 'bench/adapter.js')));
    expect(info.description).not.toBe('');
  });
});

describe('bench/gpu.sh', () => {
  const start = (results: string, parts: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
    spawnSync('sh', [join(root, 'bench/gpu.sh'), results, ...parts], {
      encoding: 'utf8',
      env: { ...process.env, ...environment },
      timeout: 220_000,
    });

  // Steps of a reference shape take a software adapter a minute and more.
  const whole = test.runIf(process.env.ATELIER_ALL_CASES === '1');
  whole('rehearsed: its archive becomes a section of the document, once', () => {
    const results = join(made, 'results');
    const rehearsal = { SOFTWARE: '1', REFERENCE: 'SmolLM2-360M', SECONDS_IN_ALL: '200' };
    const { status, stdout } = start(results, ['adapter', 'reference', 'cases'], rehearsal);
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringMatching(/reference: exit 0/) });
    const document = join(made, 'RESULTS.md');
    writeFileSync(document, '# Results\n\n## Another\n\ntext\n');
    for (let time = 0; time < 2; time++) tsx('bench/gpu-report.ts', `${results}.tar.gz`, document, '--write');
    const written = readFileSync(document, 'utf8');
    expect(written.match(/^## .*/gm)).toEqual([
      '## Another',
      expect.stringMatching(/^## On a software adapter, a rehearsal: /),
    ]);
    expect(written).toMatch(/\| default tiles, products in f32 \(1 steps\) \| \d+\.\d \| \d+% \|/);
    expect(written).toMatch(/\| matmul NT bf16 64×976×2560 \+ 64×976×2560 \| 1 \| [\d.]+ \|/);
    expect(written).toContain('4 of 4 agree with the reference');
  });

  test('stops where the adapter is no GPU, and starts nothing without time', () => {
    const { info } = JSON.parse(tsx('bench/adapter.ts'));
    const { status, stderr } = info.isFallbackAdapter
      ? start(join(made, 'refused'), ['cases'])
      : { status: 3, stderr: 'no GPU' };
    expect({ status, stderr }).toMatchObject({ status: 3, stderr: expect.stringContaining('no GPU') });
    const { stdout } = start(join(made, 'late'), ['cases'], { SOFTWARE: '1', SECONDS_IN_ALL: '0' });
    expect(stdout).toBe('cases: not started, no time left\n');
  });
});
