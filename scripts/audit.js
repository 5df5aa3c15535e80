/**
 * `npm run audit`: asks the registry for known vulnerabilities in the packages that the page, its build and the command
 * line are made of. Those of high and critical severity fail. Where no registry answers, it says so and fails nothing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { needsShell, npm, root } from './packages.js';

const failing = ['high', 'critical'];

/**
 * What the JSON of `npm audit` comes to.
 * @param {string} output
 * @returns {{ passed: number, failures: string[], notRun: string[], notes: string[] }}
 */
export function auditOutcome(output) {
  const report = parsed(output);
  if (report?.auditReportVersion !== 2)
    return {
      passed: 0,
      failures: [],
      notRun: [`no answer of the registry (${report?.message ?? 'nothing said'})`],
      notes: [],
    };
  const found = Object.values(report.vulnerabilities).map(({ name, severity, via }) => ({
    severity,
    line: `${name}, ${severity}: ${via.map((each) => each.url ?? each).join(', ')}`,
  }));
  const failures = found.filter(({ severity }) => failing.includes(severity)).map(({ line }) => line);
  const notes = found.map(({ line }) => line).filter((line) => !failures.includes(line));
  return { passed: failures.length === 0 ? 1 : 0, failures, notRun: [], notes };
}

function parsed(output) {
  try {
    return JSON.parse(output);
  } catch {
    return undefined;
  }
}

function audit() {
  const [program, ...args] = npm('audit', '--omit=dev', '--json', '--fetch-retries=0', '--fetch-timeout=20000');
  const { stdout } = spawnSync(program, args, { cwd: root, encoding: 'utf8', shell: needsShell });
  const outcome = auditOutcome(stdout ?? '');
  const results = join(root, 'test-results');
  if (existsSync(results)) writeFileSync(join(results, 'audit.json'), JSON.stringify(outcome));
  for (const line of outcome.notRun) console.log(`Not run: ${line}`);
  for (const line of [...outcome.failures, ...outcome.notes]) console.log(line);
  if (outcome.passed > 0) console.log('No known vulnerability of high or critical severity.');
  process.exitCode = outcome.failures.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) audit();
