/** What a model was opened for: the same files serve with several heads. */
import type { JsonObject } from './config-reader.ts';
import type { ModelBuffer } from './image-model.ts';
import type { Head, Model } from './model.ts';
import { modelFromConfig } from './registry.ts';

/** Whether a model is the one with this head. */
export function isOpenedFor(model: Model, head: Head): boolean {
  const own = openedHead(model);
  if (typeof own === 'string' || typeof head === 'string') return own === head;
  const { outputs, problem, names } = head;
  return own.outputs === outputs && own.problem === problem && String(own.names) === String(names);
}

/** The head that a model is opened with, as plain data. */
export function openedHead({ classifier, masked, learns }: Model): Head {
  if (!classifier) return masked ? 'masked' : (learns ?? 'causal');
  const { outputs, problem, names } = classifier;
  return { outputs, problem, names };
}

/** State that the forward pass of training moves, in the order of `named_buffers()`. */
export const buffersOf = (model: Model): readonly ModelBuffer[] => (model.kind === 'image' ? model.buffers : []);

/** The model of a config.json that predicts the next token; undefined where the type has none. */
export function writerOf(config: JsonObject): Model | undefined {
  const model = modelFromConfig(config);
  if (model.kind === 'image' || !model.causal) return undefined;
  return model.classifier ? modelFromConfig(config, 'causal') : model;
}
