/**
 * An adapter as mlx-lm loads it on a Mac: `adapters.safetensors` and `adapter_config.json`, as its `tuner/utils.py` reads
 * them and its `LoRALinear`, `LoRAEmbedding` and `DoRALinear` use them.
 */
import { AppError, because, type Reason } from '../errors.ts';
import { streamSafetensors } from '../files/safetensors-write.ts';
import { type Model, tiedHeadModule } from '../models/model.ts';
import { besideAdapter } from '../tuning/tuning.ts';
import { mlxConfig, mlxTensors } from './mlx-adapter.ts';
import { olderRope } from './older-rope.ts';
import { mlxPromptCode, script } from './prompt-code.ts';
import { call, python } from './python.ts';
import { baseInCode, type ReadmeWords, readmeFile } from './readme.ts';
import type { RunStory } from './run-story.ts';
import type { RunFacts, Target, Tuned } from './target.ts';
import { jsonFile } from './weight-tensors.ts';

/** The models that write text here and in mlx-lm. */
const families = new Set(
  'llama mistral qwen2 qwen3 gemma gemma2 gemma3_text phi phi3 gpt2 gpt_neox stablelm olmo2 olmo3 exaone4 ernie4_5 hunyuan_v1_dense ministral3 granite smollm3 lfm2 starcoder2 qwen3_5'.split(
    ' ',
  ),
);

/** Of those, the types whose windows mlx-lm reads; it lets the layers of others see every token. */
const slidingInMlx = new Set(['gemma3_text', 'olmo3', 'exaone4', 'ministral3']);

export const mlx: Target = {
  file: 'mlx-adapter.zip',
  holds: 'trained',
  refuses(run) {
    const reason = reasonAgainst(run) ?? (run.tuned && reasonAgainstTuned(run.tuned));
    return reason && unfit(reason);
  },
  async write(run) {
    const tuned = await run.tuned();
    const { base, tuning } = tuned;
    const adapter = tuning.adapter!;
    const reason = reasonAgainstTuned(tuned);
    if (reason) throw unfit(reason);
    const story = await run.story();
    return [
      jsonFile('adapter_config.json', mlxConfig(base.model, adapter)),
      {
        path: 'adapters.safetensors',
        parts: streamSafetensors(mlxTensors(base.model, adapter, await run.values()), { format: 'mlx' }),
      },
      await readmeFile(tuned, story, words(tuned, story)),
    ];
  },
};

const tableOf = ({ headParameter }: Model): string => headParameter.slice(0, -'.weight'.length);

const beside = because`mlx-lm reads the adapter alone, and weights of the base were trained beside it`;

function reasonAgainst(run: RunFacts): Reason | undefined {
  const { method, modelType, writes } = run;
  if (modelType !== null && !families.has(modelType))
    return because`models of the type ${modelType} are not written for mlx-lm`;
  if (!writes) return because`mlx-lm only writes text`;
  if (method !== 'lora') return because`mlx-lm reads LoRA and DoRA, and this is ${method}`;
  if (run.beside) return beside;
  return undefined;
}

const unfit = (reason: Reason): AppError => new AppError('target-unfit', { target: 'MLX', reason });

/** What only the modules of the adapter tell. */
function reasonAgainstTuned({ base, tuning }: NonNullable<RunFacts['tuned']>): Reason | undefined {
  const adapter = tuning.adapter!;
  const tied = tiedHeadModule(base.model);
  if (tied && (adapter.modules.has(tied) || adapter.modules.has(tableOf(base.model))))
    return because`the head is tied to the token embedding, and mlx-lm adapts both or none`;
  const { rope_scaling, rope_parameters } = base.model.config;
  if ([rope_scaling, rope_parameters].some((rope) => /longrope|"su"/.test(JSON.stringify(rope ?? null))))
    return because`mlx-lm computes longrope with its factors for long texts at every length`;
  if (besideAdapter(base.model, tuning).length > 0) return beside;
  if (adapter.residuals) return because`it was trained over a base that its start had changed`;
  return undefined;
}

function words({ base: { model }, baseName, tuning }: Tuned, { prompt, revision }: RunStory): ReadmeWords {
  const adapter = tuning.adapter!;
  const older = JSON.stringify(olderRope(model.config));
  const window = model.layers.find(({ attention }) => attention?.window)?.attention?.window;
  const options = [python(baseInCode(baseName)), 'adapter_path="path/to/this/folder"'];
  if (revision && revision !== 'main') options.push(`revision=${python(revision)}`);
  return {
    ...{ library: 'mlx', relation: 'adapter', title: `${adapter.title} adapter for MLX`, summary: adapter.summary },
    tags: ['mlx', 'lora'],
    packages: ['mlx', 'mlx-lm'],
    notes: [
      `For ${model.modelType} models in mlx-lm, which runs on Apple silicon (and on Linux).`,
      ...(older === '{}'
        ? []
        : [
            `The base’s config.json says its rotary embedding in \`rope_parameters\` alone, which mlx-lm may not read: without a word it then computes something else. Add these keys to a copy of it first, or take the merged model, which has them: \`${older}\``,
          ]),
      ...(window === undefined || slidingInMlx.has(model.modelType)
        ? []
        : [
            `Layers of the base see the last ${window} tokens only. mlx-lm lets every layer of a ${model.modelType} model see all of them, so where prompt and answer together are longer than ${window} tokens it answers differently.`,
          ]),
    ],
    code: script(
      ['from mlx_lm import generate, load'],
      [call('model, tokenizer = load', options)],
      [...mlxPromptCode(prompt), 'print(generate(model, tokenizer, prompt=prompt, max_tokens=256))'],
    ),
  };
}
