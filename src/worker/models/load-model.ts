import { modelHashes } from '../../files/model-hashes.ts';
import { once } from '../../tasks/prepared.ts';
import { taskOfModel } from '../../tasks/registry.ts';
import { openModel, openTokenizer } from '../../training/session/open-model.ts';
import type { Workshop } from '../workshop.ts';
import type { ModelSource } from './messages.ts';
import { modelFiles } from './model-files.ts';
import type { OpenedModel } from './opened-model.ts';

/** Files, model and tokenizer of a source, held against each other. */
export async function loadModel(workshop: Workshop, source: ModelSource, signal?: AbortSignal): Promise<OpenedModel> {
  const files = await modelFiles(workshop, source, signal);
  const open = await openModel(files);
  const name = source.kind === 'example' ? 'atelier-example' : files.describe();
  const readsText = taskOfModel(open.model).reads === 'tables';
  const tokenizer = readsText ? await openTokenizer(files) : null;
  return { source, name, open, tokenizer, hashes: once(() => modelHashes(files)) };
}
