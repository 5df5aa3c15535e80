/** A folder that `ollama create` takes: the whole model as GGUF, and a Modelfile with the template the run used. */
import { AppError, because } from '../errors.ts';
import { createTokenizer, type Tokenizer } from '../text/tokenizer.ts';
import { readTokenizerFiles } from '../text/tokenizer-files.ts';
import { type Conversation, conversationOf } from './conversation.ts';
import { openGgufModel } from './gguf/read-back.ts';
import { asGo } from './gguf/templates.ts';
import { ggufFile, textsRefusal, wholeRefusal, wholeWriterRefusal } from './gguf.ts';
import { type ReadmeWords, readmeFile } from './readme.ts';
import { refusalOfReading } from './refusal.ts';
import type { RunStory } from './run-story.ts';
import type { StreamedFile, Target, Tuned } from './target.ts';

const file = 'model.gguf';

export const ollama: Target = {
  file: 'ollama.zip',
  holds: 'model',
  refuses: (run) =>
    run.labels === false
      ? wholeWriterRefusal(run)
      : (wholeRefusal(run) ?? new AppError('target-unfit', { target: 'Ollama', reason: because`it writes no text` })),
  refusesRead: async (run) =>
    // Without a model file there is nothing that a template could lie beside.
    (await textsRefusal(run)) ??
    refusalOfReading(async () => saidModelfile(await run.story(), await tokenizerOf(await run.tuned()))),
  async write(run, { type = 'Q8_0' } = {}) {
    const tuned = await run.tuned();
    const story = await run.story();
    const { format, text } = saidModelfile(story, await tokenizerOf(tuned));
    const modelfile: StreamedFile = { path: 'Modelfile', parts: [new TextEncoder().encode(text)] };
    // The template writes whatever begins a text.
    const weights = await ggufFile(run, file, type, { format, addsBos: false });
    return [weights, modelfile, await readmeFile(tuned, story, words(tuned))];
  },
  readBack: (files) => openGgufModel(files, file),
};

const tokenizerOf = async ({ base }: Tuned): Promise<Tokenizer> =>
  createTokenizer(await readTokenizerFiles(base.files));

/** @throws AppError 'template-unsaid' */
function saidModelfile(story: Pick<RunStory, 'prompt'>, tokenizer: Tokenizer) {
  const format = conversationOf(story.prompt, tokenizer);
  if ('unsaid' in format) throw new AppError('template-unsaid', { reason: format.unsaid });
  return { format, text: modelfileText(format, story, tokenizer) };
}

/** @throws AppError 'template-unsaid' for a text that a Modelfile cannot quote */
export function modelfileText(
  format: Conversation,
  { prompt }: Pick<RunStory, 'prompt'>,
  tokenizer: Tokenizer,
): string {
  const template = asGo(format);
  if (template.includes('"""'))
    throw new AppError('template-unsaid', { reason: because`it has three quotes in a row` });
  const stops = stopTexts(format, prompt?.end ?? null, tokenizer);
  return [
    `FROM ./${file}`,
    `TEMPLATE """${template}"""`,
    ...stops.map((stop) => `PARAMETER stop ${JSON.stringify(stop)}`),
    '',
  ].join('\n');
}

/** The token that ends an answer, and the special token that the template has behind one. */
function stopTexts({ assistant }: Conversation, end: string | null, tokenizer: Tokenizer): string[] {
  const behind = assistant[1].trimStart();
  const special = tokenizer.specialTokens.find(({ content }) => content !== '' && behind.startsWith(content));
  return [...new Set([end, special?.content])].filter(
    (stop): stop is string => typeof stop === 'string' && stop !== '',
  );
}

function words({ tuning, base }: Tuned): ReadmeWords {
  const { adapter, trained } = tuning;
  return {
    library: 'gguf',
    relation: 'quantized',
    tags: ['gguf', 'ollama'],
    title: 'Model for Ollama',
    summary: adapter
      ? `${adapter.title}, ${adapter.summary}, folded into the weights`
      : `${trained.size} of ${base.model.parameters.length} parameter tensors`,
    language: 'sh',
    code: ['ollama create my-model -f Modelfile', 'ollama run my-model'],
    packages: ['llama.cpp'],
    notes: [
      'The Modelfile has the template that the run was trained with, so ask it through Ollama’s chat. The same file runs in llama.cpp: `llama-cli -m model.gguf`.',
    ],
  };
}
