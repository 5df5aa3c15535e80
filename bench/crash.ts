/** Do runs that are killed come to what they would have? npm run crash [-- --kills 100 --seed 1 --steps 400] */
import { parseArgs } from 'node:util';
import { crash } from './crash-runs.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      steps: { type: 'string', default: '400' },
    },
  });
  const { differing, ...figures } = await crash(Number(values.kills), Number(values.seed), {
    steps: Number(values.steps),
  });
  console.log(figures);
  for (const each of differing) console.log(`differs: ${each}`);
  if (differing.length > 0) process.exitCode = 1;
}

await main();
