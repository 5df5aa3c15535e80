import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { encodePrompt, templateNote } from '../data/prompt-templates.ts';
import { createGenerator, endTokenIds } from '../generation/decode.ts';
import { generationSettings } from '../generation/settings.ts';
import { writerOf } from '../generation/writer.ts';
import { createStreamDecoder } from '../text/stream-decoder.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { defaultRunConfig, type RunConfig } from '../training/config/run-config.ts';
import { openTokenizer } from '../training/session/open-model.ts';
import { parseArguments, required, wholeNumber } from './arguments.ts';
import { openSession } from './open-session.ts';
import { readRunConfig } from './run-files.ts';

export const generateUsage = `studio generate --model PATH [--adapter DIR] --prompt TEXT [--max-new-tokens N] [--json]
  Continues a prompt. An adapter that lies in the folder of its run is asked in that run's prompt template and with its
  prediction settings; otherwise the prompt goes in as it is.
  --raw         the prompt as it is, whatever the run says
  --chat        the prompt as a user's turn in the model's own chat template
  --seed N      for sampling, where the run's settings ask for it
  --executor    auto, webgpu, tfjs-webgpu, tfjs-wasm or tfjs-cpu
  --weights     as-published, int8, int4 or nf4: what frozen weights are kept as; by default as the run kept them`;

export async function generate(argv: readonly string[]): Promise<void> {
  const { options } = parseArguments(
    argv,
    {
      model: 'text',
      adapter: 'text',
      prompt: 'text',
      'max-new-tokens': 'text',
      seed: 'text',
      executor: 'text',
      weights: 'text',
      raw: 'flag',
      chat: 'flag',
      json: 'flag',
    },
    0,
  );
  const prompt = required(options.prompt, '--prompt TEXT');
  const modelPath = required(options.model, '--model PATH');
  const limit = options['max-new-tokens'];
  const seed = wholeNumber(options.seed ?? '1', '--seed');
  const run = await runOf(options.adapter ?? modelPath);
  const weights = options.weights ?? (options.adapter === undefined ? undefined : run?.model.weights);
  const opened = await openSession({ model: modelPath, adapter: options.adapter, executor: options.executor, weights });
  try {
    const { session } = opened;
    // Before a tokenizer is asked for, which a model of pictures has not.
    writerOf(session);
    const tokenizer = await openTokenizer(session.open.files);
    const wanted = options.chat ? 'chat' : options.raw ? undefined : run?.dataset.prompt_template;
    const note = wanted && templateNote(wanted, tokenizer);
    // Beside the answer, which others may read from here.
    if (note) console.error(note);
    const ids = promptIds(prompt, tokenizer, options.raw ? undefined : run, options.chat ?? false);
    const base = generationSettings(run?.prediction ?? plainPrediction, seed, tokenizer);
    const settings = limit === undefined ? base : { ...base, maxNewTokens: wholeNumber(limit, '--max-new-tokens', 1) };
    const generator = createGenerator(session, {
      side: session.tuning ? 'tuned' : 'base',
      endIds: await endTokenIds(session.open.files, tokenizer),
      capacity: capacityFor(ids.length + settings.maxNewTokens),
    });
    const stream = createStreamDecoder(tokenizer, { skipSpecialTokens: true });
    const show = (text: string) => !options.json && process.stdout.write(text);
    const result = await generator.generate(ids, settings, { onToken: (id) => show(stream.push(id)) });
    show(`${stream.end()}\n`);
    const text = tokenizer.decode(result.ids, { skipSpecialTokens: true });
    if (options.json) {
      console.log(JSON.stringify({ prompt, promptIds: ids, text, ids: result.ids, reason: result.reason }));
    }
  } finally {
    opened.dispose();
  }
}

/** Without a run nothing holds the model back from ending at once, as in transformers. */
const plainPrediction: RunConfig['prediction'] = { ...defaultRunConfig.prediction, min_length_inference: 0 };

/** The run that made an adapter or model: its config lies in the folder around it. */
async function runOf(folder: string): Promise<RunConfig | undefined> {
  const path = join(dirname(resolve(folder)), 'run.json');
  const isResult = existsSync(join(dirname(resolve(folder)), 'metrics.jsonl'));
  return isResult && existsSync(path) ? readRunConfig(path).catch(() => undefined) : undefined;
}

function promptIds(prompt: string, tokenizer: Tokenizer, run: RunConfig | undefined, chat: boolean): number[] {
  if (chat) return encodePrompt([prompt], tokenizer, { ...defaultRunConfig.dataset, prompt_template: 'chat' });
  return run ? encodePrompt([prompt], tokenizer, run.dataset) : tokenizer.encode(prompt);
}

/** Cache places in whole hundreds-and-some, so that prompts of like length share one program. */
const capacityFor = (tokens: number): number => Math.ceil(tokens / 128) * 128;
