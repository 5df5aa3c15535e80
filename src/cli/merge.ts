import { resolve } from 'node:path';
import { adapterTask, openAdapter } from '../training/adapter-tuning.ts';
import { wholeModel } from '../training/export.ts';
import { openModel } from '../training/open-model.ts';
import { startValues } from '../training/start-values.ts';
import { parseArguments, required } from './arguments.ts';
import { nodeDirectory } from './node-directory.ts';
import { nodeFiles } from './node-files.ts';
import { openModelFiles } from './run-files.ts';

export const mergeUsage = `studio merge --model PATH --adapter DIR --out DIR
  Writes the whole model with the adapter folded into its weights, in the model's data types.`;

export async function merge(argv: readonly string[]): Promise<void> {
  const { options } = parseArguments(argv, { model: 'text', adapter: 'text', out: 'text' });
  const model = required(options.model, '--model PATH');
  const folder = required(options.adapter, '--adapter DIR');
  const out = nodeDirectory(resolve(required(options.out, '--out DIR')));
  const files = await openModelFiles(resolve('run.json'), { llm_backbone: model, revision: 'main' }, 'all');
  const open = await openModel(files, await adapterTask(nodeFiles(folder)));
  const { tuning, values } = await openAdapter(open, nodeFiles(folder));
  const parts = await wholeModel(open, tuning, async (name) => values.get(name) ?? startValues(open, name, 0));
  for (const file of parts) await out.write(file.path, file.parts);
}
