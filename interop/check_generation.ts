/**
 * The studio's side of check_generation.py: node --import tsx interop/check_generation.ts FOLDER
 *
 * For each kind in FOLDER/wanted.json, whose model lies in FOLDER/KIND: the ids that follow the prompts of each case, into
 * FOLDER/found.json.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeFiles } from '../src/cli/node-files.ts';
import { createGenerator } from '../src/generation/decode.ts';
import { referenceExecutor } from '../src/testing/reference-executor.ts';
import { createModelSession } from '../src/training/session/model-session.ts';
import { openModel } from '../src/training/session/open-model.ts';

interface Case {
  readonly prompts: readonly (readonly number[])[];
  readonly beams: number;
  readonly ends: readonly number[];
}

const greedy = {
  ...{ doSample: false, temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1 },
  ...{ minNewTokens: 0, maxNewTokens: 8, seed: 1 },
};

const root = process.argv[2]!;
const wanted = JSON.parse(readFileSync(join(root, 'wanted.json'), 'utf8')) as Record<string, readonly Case[]>;
const found: Record<string, number[][][]> = {};
for (const [kind, cases] of Object.entries(wanted)) {
  const open = await openModel(nodeFiles(join(root, kind)));
  const session = await createModelSession({ executor: referenceExecutor(), open, tuning: null });
  found[kind] = [];
  for (const { prompts, beams, ends } of cases) {
    const options = { side: 'base', endIds: new Set(ends), capacity: 64, batchSize: prompts.length } as const;
    const answers = await createGenerator(session, options).generateAll(prompts, { ...greedy, numBeams: beams });
    found[kind]!.push(answers.map(({ ids }) => [...ids]));
  }
}
writeFileSync(join(root, 'found.json'), JSON.stringify(found));
