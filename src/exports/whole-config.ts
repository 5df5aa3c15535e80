import { changedJson } from '../files/changed-json.ts';
import { readJson } from '../files/source.ts';
import { classifierConfig } from '../models/sequence-classifier.ts';
import { olderRope } from './older-rope.ts';
import type { Base, StreamedFile } from './target.ts';
import { jsonFile } from './weight-tensors.ts';

/** The config.json of a whole model where it says something else than the base's. */
export async function changedConfig(base: Base, isUntied: boolean): Promise<StreamedFile | undefined> {
  const { model } = base;
  if (model.kind === 'image') return jsonFile('config.json', model.configWithClasses());
  const { classifier, masked, sentence } = model;
  const corrected = await correctedConfig(base);
  const isOlder = Object.keys(olderRope(model.config)).length === 0;
  if (!classifier && !masked && !sentence && !isUntied && !corrected && isOlder) return undefined;
  const text = changedJson(await base.files.text('config.json'), (config) => {
    const kept = corrected ? withValues(config, corrected) : config;
    const right = { ...kept, ...olderRope(kept) };
    return classifier
      ? classifierConfig(right, classifier)
      : {
          ...right,
          ...((masked ?? sentence) && { architectures: [(masked ?? sentence)!.architecture] }),
          ...(isUntied && { tie_word_embeddings: false }),
        };
  });
  return { path: 'config.json', parts: [new TextEncoder().encode(text)] };
}

/** `config` with the keys that `right` has and lacks, spelled as in `config` where the value is the same. */
const withValues = (config: Readonly<Record<string, unknown>>, right: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(right).map(([key, value]) => [
      key,
      typeof value === 'number' || typeof value === 'object' ? (config[key] ?? value) : value,
    ]),
  );

/** The config of a model whose weights are otherwise than its config.json says; undefined where the file is right. */
async function correctedConfig({ files, model }: Base) {
  const published = JSON.stringify(await readJson(files, 'config.json'));
  return JSON.stringify(model.config) === published ? undefined : model.config;
}
