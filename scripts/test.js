/**
 * `npm test`, after the packages were installed: a browser and a Vulkan driver where there is none, then types, lint, unit and kernel tests, damaged files, the
 * engine on wgpu (in Deno), browser tests and the page in Firefox. The last lines say what failed, and how many passed.
 * `npm test -- --no-e2e` leaves the browser tests out. Where Deno or Firefox cannot be had, its line says so and counts
 * nothing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { installBrowser } from './install-browser.js';
import { installVulkan } from './install-vulkan.js';
import { packageProgram, root } from './packages.js';

const results = join(root, 'test-results');
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

const { browser, problem } = await installBrowser();
await installVulkan();

/** `missing`: why a stage cannot run. It counts as failed. */
const stages = [
  { name: 'Types', command: packageProgram('typescript/bin/tsc', '--noEmit'), count: countCommand },
  {
    name: 'Lint',
    command: packageProgram('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'),
    count: countCommand,
  },
  {
    name: 'Audit of packages',
    command: [process.execPath, join(root, 'scripts', 'audit.js')],
    count: () => readReport('audit.json'),
  },
  {
    name: 'Unit and kernel tests',
    command: packageProgram(
      'vitest/vitest.mjs',
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile=${join(results, 'unit.json')}`,
    ),
    count: countUnitTests,
  },
  {
    // `npm run fuzz` tries thousands of each.
    name: 'Fuzz',
    command: packageProgram('tsx/dist/cli.mjs', 'src/testing/fuzz/main.ts', '--inputs', '2000'),
    count: countCommand,
  },
  {
    name: 'wgpu in Deno',
    command: packageProgram('tsx/dist/cli.mjs', 'e2e/wgpu/main.ts'),
    count: () => readReport('wgpu.json'),
  },
];
if (!process.argv.includes('--no-e2e')) {
  stages.push({
    name: 'Browser tests',
    command: packageProgram('@playwright/test/cli.js', 'test'),
    count: countBrowserTests,
    missing: problem,
  });
  stages.push({
    name: 'Firefox',
    command: packageProgram('tsx/dist/cli.mjs', 'e2e/firefox.ts'),
    count: () => readReport('firefox.json'),
  });
}
if (problem) console.error(`${problem}\nThe tests go on without; kernel tests then need a Vulkan driver to pass.`);

const summary = stages.map(({ name, command, count, missing }) => {
  console.log(`\n── ${name} ──`);
  if (missing) {
    console.log(`Did not run. ${missing}`);
    return { name, passed: 0, failures: ['did not run'], note: 'did not run: counted as failed' };
  }
  const started = Date.now();
  const ok = run(command);
  const { passed = 0, failures = [], notRun = [] } = count(ok) ?? {};
  const note = [`${Math.round((Date.now() - started) / 1000)} s`, ...notRun.map((what) => `not run: ${what}`)].join(
    '; ',
  );
  return { name, passed, failures: ok || failures.length > 0 ? failures : ['ended with an error'], note };
});

console.log('');
for (const { name, passed, failures, note } of summary) {
  console.log(`${name.padEnd(24)} ${String(passed).padStart(5)} passed, ${failures.length} failed  (${note})`);
}
if (problem) console.log(`No browser: ${problem}`);
const failures = summary.flatMap(({ name, failures }) => failures.map((failure) => `${name}: ${failure}`));
for (const failure of failures) console.log(`✗ ${failure}`);
console.log(`${summary.reduce((total, { passed }) => total + passed, 0)} passed, ${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);

function run([program, ...args]) {
  const { status } = spawnSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...(browser ? { ATELIER_BROWSER: browser } : {}) },
  });
  return status === 0;
}

function countCommand(ok) {
  return { passed: ok ? 1 : 0 };
}

function countUnitTests() {
  const report = readReport('unit.json');
  const failures = report?.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed').map(({ fullName }) => fullName);
    const file = relative(root, name);
    // A file that cannot be loaded has no tests.
    if (status === 'failed' && failed.length === 0) return [`${file}: ${message.split('\n')[0]}`];
    return failed.map((test) => `${file}: ${test}`);
  });
  return { passed: report?.numPassedTests, failures };
}

function countBrowserTests() {
  const report = readReport('e2e.json');
  if (!report) return undefined;
  const failed = report.suites.flatMap(specsOf).filter(({ ok }) => !ok);
  const { expected, flaky } = report.stats;
  return { passed: expected + flaky, failures: failed.map(describeBrowserTest) };
}

/** Each try with the first lines of what was wrong: the last lines of a long log are often all that is kept. */
function describeBrowserTest({ file, line, title, tests }) {
  const tries = tests.flatMap(({ results }) => results).filter(({ errors }) => errors?.length > 0);
  const reasons = tries.map(({ errors, duration }) => {
    const text = stripVTControlCharacters(errors[0].message).split('\n').filter(Boolean).slice(0, 5).join(' | ');
    return `after ${Math.round(duration / 1000)} s: ${text}`;
  });
  return [`${file}:${line}: ${title}`, ...reasons].join('; ');
}

function specsOf({ specs, suites = [] }) {
  return [...specs, ...suites.flatMap(specsOf)];
}

function readReport(name) {
  const file = join(results, name);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
