/** What a model was opened for: the same files serve with several heads. */
import type { JsonObject } from './config-reader.ts';
import type { ModelBuffer } from './image-model.ts';
import type { Head, Model } from './model.ts';
import { modelFromConfig } from './registry.ts';
import { namedHead } from './sequence-classifier.ts';

/** Whether a model is the one with this head. */
export function isOpenedFor(model: Model, head: Head): boolean {
  const own = openedHead(model);
  if (typeof own === 'string' || typeof head === 'string') return own === head;
  const { outputs, problem, names } = head;
  return own.outputs === outputs && own.problem === problem && String(own.names) === String(names);
}

/** The head that a model is opened with, as plain data. */
export function openedHead({ classifier, masked, sentence, learns }: Model): Head {
  if (!classifier) return masked ? 'masked' : (sentence?.learns ?? learns ?? 'causal');
  const { outputs, problem, names } = classifier;
  return { outputs, problem, names };
}

/** The model of the same files with another head: what files beside config.json say stays. @throws as `modelFromConfig` */
export function reopened(model: Model, head: Head): Model {
  const other = modelFromConfig(model.config, head);
  if (model.kind === 'image') return { ...other, input: model.input } as Model;
  return model.sentenceForm ? ({ ...other, sentenceForm: model.sentenceForm } as Model) : other;
}

/**
 * The model that a folder is for where nothing is asked of it: one of sentence-transformers gives vectors of texts, unless its
 * config names a head. @throws as `modelFromConfig`
 */
export function asMeant(model: Model): Model {
  const form = model.kind === 'text' ? model.sentenceForm : undefined;
  return form && !form.refused && namedHead(model.config) === undefined ? reopened(model, 'ranking') : model;
}

/** State that the forward pass of training moves, in the order of `named_buffers()`. */
export const buffersOf = (model: Model): readonly ModelBuffer[] => (model.kind === 'image' ? model.buffers : []);

/** The model of a config.json that predicts the next token; undefined where the type has none. */
export function writerOf(config: JsonObject): Model | undefined {
  const model = modelFromConfig(config);
  if (model.kind === 'image' || !model.causal) return undefined;
  return model.classifier ? modelFromConfig(config, 'causal') : model;
}
