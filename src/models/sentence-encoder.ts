/**
 * Encoders that give one vector of a text: transformers' bare model (`AutoModel`), whose last hidden states are pooled as
 * sentence-transformers does it. Nothing of theirs is learned beside the encoder.
 * Reference: sentence-transformers `sentence_transformer/modules/pooling.py`, `base/modules/normalize.py`.
 */
import type { SentenceForm, Sentences, TextModel } from './model.ts';
import type { Seams } from './seams.ts';

/** What sentence-transformers makes of a folder that says nothing: the mean over all tokens, special ones among them. */
export const usualForm: SentenceForm = { pooled: 'mean', normalised: false };

/** How many texts a row has. */
export const textsOf: Readonly<Record<Sentences, number>> = { ranking: 2, triplets: 3, cosines: 2 };

/**
 * The bare encoder under a model that says something of a text, with the names that transformers gives it: without the
 * attribute that holds it (`bert.`), and without what stands on it, as the poolers that nothing here would read.
 * @param architecture transformers' class of it
 */
export function sentenceEncoder(texts: TextModel, architecture: string, learns: Sentences): TextModel {
  const { headParameter: _, headBias: __, ...rest } = texts;
  const bare = texts.parameters.filter(({ fresh }) => !fresh);
  const root = bare[0]!.name.slice(0, bare[0]!.name.indexOf('.') + 1);
  const plain = (name: string): string => (name.startsWith(root) ? name.slice(root.length) : name);
  const parameters = bare.map((info) => ({
    ...info,
    name: plain(info.name),
    module: plain(info.module),
    publishedNames: [...new Set([plain(info.name), ...info.publishedNames])],
  }));
  return {
    ...rest,
    parameters,
    // There is no output: what is asked for the width of logits finds none of tokens.
    headParameter: parameters.find(({ role }) => role === 'embedding')!.name,
    sentence: { architecture, learns },
    buildHidden: (builder, seams, inputs) => texts.buildHidden(builder, plainlyNamed(seams, plain), inputs),
  };
}

/** Seams that are called with a module's name in the larger model, and answer as for its own. */
const plainlyNamed = (seams: Seams, plain: (name: string) => string): Seams => ({
  ...seams,
  parameter: (name) => seams.parameter(plain(name)),
  linear: (module, x) => seams.linear(plain(module), x),
  embed: (module, ids) => seams.embed(plain(module), ids),
  embedTypes: (module) => seams.embedTypes(plain(module)),
  embedPositions: (module, positions, offset) => seams.embedPositions(plain(module), positions, offset),
});
