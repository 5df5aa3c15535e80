/**
 * The same comparison as bench/step.ts in Chromium, on its SwiftShader adapter or a real GPU: contenders in workers.
 * npx tsx bench/chromium.ts [--model 1m] [--method lora|full] [--steps N] [--seconds N] [--contenders …] [--json FILE]
 */
import { openChromium } from './open-chromium.ts';
import { finish, printStep, readStepCommand } from './report.ts';

const options = readStepCommand({ model: '1m', steps: '5' });
const page = await openChromium();
const comparison = await page.compare(options);
await page.close();
printStep(comparison);
finish([comparison], options.json);
