/**
 * The studio's side of check_gguf.py: node --import tsx interop/check_gguf.ts FOLDER
 *
 * For each folder in FOLDER (a model, and PEFT's adapter in `adapter`): writes the base and the merged model as GGUF of
 * every type and the adapter as GGUF LoRA, into `out`, and `out/studio.json`: the ids of FOLDER/texts.json, and how far the
 * files are off when they are read back.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeDirectory } from '../src/cli/node-directory.ts';
import { nodeFiles } from '../src/cli/node-files.ts';
import type { ExportedRun } from '../src/exports/target.ts';
import { type TargetName, targets, weightsAlone } from '../src/exports/targets.ts';
import { comparedSequences, mergeFigures } from '../src/generation/merged.ts';
import { referenceExecutor } from '../src/testing/reference-executor.ts';
import { openAdapter } from '../src/training/session/adapter-tuning.ts';
import { openModel, openTokenizer } from '../src/training/session/open-model.ts';

const root = process.argv[2]!;
const texts = JSON.parse(readFileSync(join(root, 'texts.json'), 'utf8')) as string[];
const written: readonly TargetName[] = ['gguf-f16', 'gguf-bf16', 'gguf-q8', 'gguf-q4', 'gguf-lora'];

for (const { name } of readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
  const folder = join(root, name);
  const open = await openModel(nodeFiles(folder));
  const { tuning, values } = await openAdapter(open, nodeFiles(join(folder, 'adapter')));
  const read = async (key: string) => values.get(key)!;
  const run = weightsAlone({ base: open, baseName: name, tuning }, read);
  const base = weightsAlone(
    { base: open, baseName: name, tuning: { trained: new Map(), adapterParameters: [] } },
    read,
  );
  const rounding: Record<string, { error: number; limit: number }> = {};
  for (const target of written) {
    await write(target, run, join(folder, 'out'));
    const { readBack } = targets[target];
    const sequences = comparedSequences(open.model.kind === 'text' ? open.model.vocabularySize : 0);
    const check = { executor: referenceExecutor(), open, tuning, values, sequences };
    rounding[target] = await mergeFigures({ ...check, merged: await readBack!(nodeFiles(join(folder, 'out')), open) });
  }
  await write('gguf-f16', base, join(folder, 'out', 'base'));
  const tokenizer = await openTokenizer(nodeFiles(folder));
  const ids = texts.map((text) => tokenizer.encode(text));
  writeFileSync(join(folder, 'out', 'studio.json'), JSON.stringify({ ids, rounding }));
}

async function write(target: TargetName, run: ExportedRun, folder: string): Promise<void> {
  for (const { path, parts } of await targets[target].write(run)) await nodeDirectory(folder).write(path, parts);
}
