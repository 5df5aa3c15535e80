/** What the README beside a GGUF file says, on disk or in a repository of the Hub. */

import { probabilityOf, saysLabels } from '../models/heads.ts';
import type { Model, TextModel } from '../models/model.ts';
import { isHubName } from './front-matter.ts';
import { ggufModel, givesProbabilities } from './gguf/families.ts';
import { ggufName } from './gguf/family.ts';
import { labelsKey } from './gguf/labels.ts';
import { typeOf } from './gguf/tensors.ts';
import { type ReadmeWords, readmeFile } from './readme.ts';
import type { ExportedRun, StreamedFile, Tuned } from './target.ts';

export async function ggufReadme(run: ExportedRun, file: string, type: string): Promise<StreamedFile> {
  const tuned = await run.tuned();
  return readmeFile(tuned, await run.story(), modelWords(tuned, file, type));
}

export async function ggufLoraReadme(run: ExportedRun, file: string): Promise<StreamedFile> {
  const tuned = await run.tuned();
  return readmeFile(tuned, await run.story(), loraWords(tuned, file));
}

const shared = { library: 'gguf', language: 'sh', packages: ['llama.cpp'] } as const;

function modelWords({ tuning: { adapter, trained }, base: { model } }: Tuned, file: string, type: string): ReadmeWords {
  const labelled = saysLabels(model);
  const words = {
    ...shared,
    relation: 'quantized',
    tags: ['gguf', 'llama.cpp'],
    title: `GGUF model (${type})`,
    summary: adapter
      ? `${adapter.title}, ${adapter.summary}, folded into the weights`
      : `${trained.size} of ${model.parameters.length} parameter tensors`,
  } as const;
  if (labelled)
    return {
      ...words,
      code: [`llama-embedding -m ${file} --pooling rank --embd-normalize -1 -p "a text"`],
      notes: [
        `\`${file}\` holds the whole model with its tokenizer. llama.cpp gives ${givenOf(labelled)} Programs that rank documents, as \`llama-server\` does at \`/rerank\`, give the first score alone.`,
        ...(type === 'Q4_K_M' ? widerMatrices(model) : []),
      ],
    };
  return {
    ...words,
    code: [`llama-cli -m ${file}`],
    notes: [
      `\`${file}\` holds the whole model with its tokenizer and chat template. LM Studio opens it, too.`,
      ...(type === 'Q4_K_M' ? widerMatrices(model) : []),
      `From a repository of the Hub: \`ollama run hf.co/path/to/this/folder:${type}\`, \`llama-cli -hf path/to/this/folder:${type}\`, or in LM Studio the search for its name.`,
    ],
  };
}

function givenOf(model: TextModel): string {
  const { architecture } = ggufModel(model).family;
  const order = `in the order of \`${architecture}.${labelsKey}\``;
  if (givesProbabilities(model.modelType)) return `the probability of each label, ${order}.`;
  const probability = probabilityOf(model);
  if (probability === null) return `a score of each label, ${order}, which is the number itself.`;
  return `a score of each label, ${order}, whose ${probability} is the probability of each${probability === 'sigmoid' ? ' by itself' : ''}.`;
}

/** Four bits come in blocks of 256 values, which rows of small models are not. */
function widerMatrices(model: Model): string[] {
  const { model: text, family } = ggufModel(model);
  const matrices = text.parameters.flatMap(({ name, shape, transposed }) => {
    const written = ggufName(family, name);
    const type =
      written && typeOf(written, transposed ? shape.toReversed() : shape, 'Q4_K_M', { layers: 1, hasHead: true });
    return type && type !== 'F32' ? [type] : [];
  });
  const wider = matrices.filter((type) => type === 'Q8_0' || type === 'F16').length;
  if (wider === 0) return [];
  return [
    `${wider} of its ${matrices.length} matrices are wider than 4 bits: their rows are no whole blocks of 256 values.`,
  ];
}

function loraWords({ tuning: { adapter }, baseName }: Tuned, file: string): ReadmeWords {
  return {
    ...shared,
    relation: 'adapter',
    tags: ['gguf', 'lora', 'llama.cpp'],
    title: 'GGUF LoRA adapter',
    summary: adapter?.summary ?? '',
    code: [`llama-cli -m path/to/the/base/model.gguf --lora ${file}`],
    notes: [
      `Its base is ${baseName && isHubName(baseName) ? baseName : 'the model that it was trained on'}, as a GGUF file, which llama.cpp’s \`convert_hf_to_gguf.py\` makes of the published folder.`,
      'A chat in llama.cpp asks with the chat template of the base’s file. Where the prompt format below is another, give the whole prompt as text: `llama-completion -no-cnv -p`.',
    ],
  };
}
