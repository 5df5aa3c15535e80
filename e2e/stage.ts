import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../', import.meta.url));
export const results = join(root, 'test-results');

/** A stage of `npm test` that is no suite of Vitest or Playwright: says each check and leaves the sums as a report. */
export class Stage {
  private passed = 0;
  private readonly failures: string[] = [];
  private readonly notRun: string[] = [];

  constructor(private readonly name: string) {
    mkdirSync(results, { recursive: true });
  }

  /** `problem`: what is wrong, or null. `words` are said of a check that passed, if there are any. */
  check(name: string, problem: string | null, words = ''): void {
    if (problem === null) this.passed++;
    else this.failures.push(name);
    if (problem !== null) console.log(`✗ ${name}: ${problem}`);
    else if (words !== '') console.log(`✓ ${name}: ${words}`);
  }

  /** Says what could not be run and why; it counts as nothing. */
  skip(reason: string): void {
    this.notRun.push(reason);
    console.log(`Not run: ${reason}`);
  }

  /** Says the sums, writes `test-results/<name>.json` and ends the process. */
  end(): never {
    const { passed, failures, notRun } = this;
    writeFileSync(join(results, `${this.name}.json`), JSON.stringify({ passed, failures, notRun }));
    console.log(`${passed} passed, ${failures.length} failed`);
    process.exit(failures.length === 0 ? 0 : 1);
  }
}
