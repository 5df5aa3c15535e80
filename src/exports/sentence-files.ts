/** What sentence-transformers wants beside a whole encoder, and Python that asks one. */

import { readJson } from '../files/source.ts';
import { embedderOf } from '../models/heads.ts';
import type { SentenceForm } from '../models/model.ts';
import { call, python } from './python.ts';
import type { Base, StreamedFile } from './target.ts';
import { tested } from './versions.ts';
import { jsonFile } from './weight-tensors.ts';

const settingsName = 'config_sentence_transformers.json';

/** `modules.json` and what it names, in the form that versions from 2 on read; nothing of a model that embeds no texts. */
export async function sentenceFiles({ model, files }: Base): Promise<StreamedFile[]> {
  const form = embedderOf(model);
  if (!form) return [];
  const { pooled, normalised, longest } = form;
  const kinds = ['Transformer', 'Pooling', ...(normalised ? ['Normalize'] : [])];
  const modules = kinds.map((kind, index) => ({
    ...{ idx: index, name: String(index), path: index === 0 ? '' : `${index}_${kind}` },
    type: `sentence_transformers.models.${kind}`,
  }));
  return [
    jsonFile('modules.json', modules),
    jsonFile('1_Pooling/config.json', {
      word_embedding_dimension: model.hiddenSize,
      pooling_mode_cls_token: pooled === 'first',
      pooling_mode_mean_tokens: pooled === 'mean',
      pooling_mode_max_tokens: false,
      pooling_mode_mean_sqrt_len_tokens: false,
    }),
    jsonFile('sentence_bert_config.json', {
      max_seq_length: longest,
      do_lower_case: false,
    }),
    jsonFile(settingsName, {
      ...((await files.has(settingsName))
        ? ((await readJson(files, settingsName)) as object)
        : {
            __version__: { sentence_transformers: tested['sentence-transformers'], transformers: tested.transformers },
            prompts: {},
          }),
      // Texts are learned as they are, and by their cosine.
      ...{ default_prompt_name: null, similarity_fn_name: 'cosine' },
    }),
  ];
}

/** What code that embeds texts with sentence-transformers needs, what loads the model of a name, and what asks it. */
export const sentenceCode = {
  imports: ['from sentence_transformers import SentenceTransformer'],
  load: (name: string, revision = 'main'): string =>
    call('model = SentenceTransformer', [
      python(name),
      ...(revision === 'main' ? [] : [`revision=${python(revision)}`]),
    ]),
  ask: [
    'vectors = model.encode(["The first text", "The second text"])',
    'print(model.similarity(vectors, vectors).tolist())',
  ],
};

/** Lines that ask transformers' bare `model` with its `tokenizer`. */
export function bareVectorCode({ pooled, normalised }: SentenceForm): string[] {
  const states = 'model(**tokenizer("The text", return_tensors="pt")).last_hidden_state';
  return [
    `vector = ${states}${pooled === 'first' ? '[0, 0]' : '[0].mean(0)'}`,
    `print(${normalised ? '(vector / vector.norm())' : 'vector'}.tolist())`,
  ];
}
