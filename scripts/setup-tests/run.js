/**
 * `npm run test:setup`: the scripts that install what is missing, on machines where something is. It needs nothing but
 * Node. The last line says how many passed.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const files = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.test.js'))
  .map((name) => join(import.meta.dirname, name));
let passed = 0;
let failed = 0;
const tests = run({ files, concurrency: 2 });
tests.on('test:pass', ({ skip }) => {
  if (!skip) passed++;
});
tests.on('test:fail', () => {
  failed++;
});
tests.compose(spec).pipe(process.stdout);
process.on('exit', () => {
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = passed > 0 && failed === 0 ? 0 : 1;
});
