/**
 * Do runs that are killed come to what they would have?
 * npm run crash [-- --kills 100 --seed 1 --steps 400], and in the page: npm run crash -- --page [--kills 20 --seed 1]
 */
import { parseArgs } from 'node:util';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      page: { type: 'boolean', default: false },
      kills: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      steps: { type: 'string' },
      port: { type: 'string', default: '4193' },
    },
  });
  const [kills, seed] = [Number(values.kills), Number(values.seed)];
  const steps = values.steps === undefined ? {} : { steps: Number(values.steps) };
  const { differing, ...figures } = values.page
    ? await (await import('./crash-page.ts')).crashPage(kills, seed, { ...steps, port: Number(values.port) })
    : await (await import('./crash-runs.ts')).crash(kills, seed, { ...steps, say: console.log });
  console.log({ ...figures, differing: differing.length });
  for (const each of differing) console.log(`differs: ${each}`);
  if (differing.length > 0) process.exitCode = 1;
}

await main();
