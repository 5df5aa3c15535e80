import { expect, test } from 'vitest';
// @ts-expect-error a plain script shared with `npm test`, which runs before anything is built
import { auditOutcome } from './audit.js';

const report = (severity: string) =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: {
      yaml: { name: 'yaml', severity, via: [{ url: 'https://github.com/advisories/GHSA-1' }, 'other'] },
    },
  });

test('a vulnerability of high severity fails, with where it is told; a moderate one is told', () => {
  const line = (severity: string) => `yaml, ${severity}: https://github.com/advisories/GHSA-1, other`;
  expect(auditOutcome(report('high'))).toMatchObject({ passed: 0, failures: [line('high')] });
  expect(auditOutcome(report('moderate'))).toMatchObject({ passed: 1, failures: [], notes: [line('moderate')] });
});

test('where no registry answers the audit counts as not run, and never as passed', () => {
  const refused = JSON.stringify({ message: '405 Method Not Allowed', error: { summary: '', detail: '' } });
  for (const output of [refused, '', 'no JSON', '{}', 'null']) {
    const outcome = auditOutcome(output);
    expect(outcome).toMatchObject({ passed: 0, failures: [] });
    expect(outcome.notRun).toHaveLength(1);
  }
});
