/**
 * Matrix products, attention and cross-entropy alone: ours against TensorFlow.js, in alternation.
 * npx tsx bench/kernels.ts [--chromium] [--only matmul] [--steps N] [--seconds N] [--json FILE]
 */
import { parseArgs } from 'node:util';
import { type Comparison, type ComparisonOptions, compare } from './compare.ts';
import { connectProcess } from './node-contender.ts';
import { type OperationName, operations } from './operations.ts';
import { finish, printOperation } from './report.ts';

const { values } = parseArgs({
  options: {
    chromium: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    steps: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '10' },
    json: { type: 'string' },
  },
});
const page = values.chromium ? await (await import('./open-chromium.ts')).openChromium() : undefined;
const comparisons: Comparison[] = [];
for (const operation of Object.keys(operations) as OperationName[]) {
  if (!operation.includes(values.only)) continue;
  const options: ComparisonOptions = {
    task: { kind: 'operation', operation },
    contenders: ['ours', 'tfjs'],
    steps: Number(values.steps),
    seconds: Number(values.seconds),
  };
  const comparison = await (page ? page.compare(options) : compare(options, connectProcess));
  printOperation(comparison, operation);
  comparisons.push(comparison);
}
await page?.close();
finish(comparisons, values.json);
