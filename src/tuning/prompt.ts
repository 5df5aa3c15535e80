/** Prompt tuning (arXiv 2104.08691): learned embeddings before the tokens of every sequence, as PEFT has them. */
import { AppError, because } from '../errors.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import type { TextModel } from '../models/model.ts';
import type { Initial } from './initial.ts';
import type { Adapter, Method, PeftConfig, TuningSettings } from './method.ts';
import { numberOf } from './peft-config.ts';

export const promptName = 'prompt_embeddings';

export const prompt: Method = {
  create(model: TextModel, settings, factor) {
    requireOneTable(model, 'prompt');
    const count = settings.num_virtual_tokens ?? 20;
    const table = model.parameters.find(({ role }) => role === 'embedding')!;
    const shape = [count, table.shape[1]!];
    const init = initialPrompt(settings, table.name, model.embeddingScale ?? 1);
    return {
      parameters: [{ name: promptName, shape, init, learningRateFactor: factor(promptName, undefined) }],
      modules: new Set(),
      dropsOut: false,
      virtualTokens: { count, as: 'rows' },
      seams: promptSeams((builder) => builder.parameter(promptName, { shape, dtype: 'f32' }, 'trained')),
      configClass: 'PromptTuningConfig',
      peftConfig: {
        peft_type: 'PROMPT_TUNING',
        num_attention_heads: model.heads,
        num_layers: model.layers.length,
        num_transformer_submodules: 1,
        num_virtual_tokens: count,
        // What the tokens started from is of no use to a reader, and a text would make PEFT ask for a tokenizer.
        prompt_tuning_init: 'RANDOM',
        prompt_tuning_init_text: null,
        token_dim: shape[1],
        tokenizer_name_or_path: null,
      },
      title: 'Prompt tuning',
      summary: `${count} virtual tokens`,
    };
  },

  settingsOf: promptSettings,
};

/**
 * transformers takes rows that are no tokens only of models that look tokens up once.
 * @throws AppError 'setting-unsupported'
 */
export function requireOneTable({ embedsAgain, modelType }: TextModel, method: string): void {
  if (embedsAgain)
    throw new AppError('setting-unsupported', {
      key: 'tuning.method',
      value: `${method} (of ${modelType}, whose layers embed tokens of their own)`,
      supported: 'lora, full',
    });
}

export function promptSettings(config: PeftConfig): Omit<TuningSettings, 'method'> {
  return { num_virtual_tokens: numberOf(config, 'num_virtual_tokens', 20) };
}

function initialPrompt(settings: TuningSettings, table: string, scale: number): Initial {
  const { prompt_tuning_init: from = 'RANDOM', prompt_tuning_init_text: text = '' } = settings;
  if (from === 'RANDOM') return { kind: 'normal', deviation: 1 };
  if (from === 'SAMPLE_VOCAB') return { kind: 'sampled-rows', of: table, scale };
  if (text.trim() !== '') return { kind: 'text-rows', of: table, text, scale };
  throw new AppError('run-config-invalid', {
    key: 'tuning.prompt_tuning_init_text',
    reason: because`a prompt that starts from a text needs the text`,
  });
}

/** The embeddings that `learned` gives [count, width], before those of every sequence. */
export function promptSeams(learned: (builder: GraphBuilder) => Value): Adapter['seams'] {
  return (base, { builder, virtual }) => ({
    embed(module, ids) {
      if (virtual === undefined) return base.embed(module, ids);
      if (virtual === 'alone') return learned(builder);
      return prepend(builder, learned(builder), base.embed(module, ids), virtual.sequences);
    },
  });
}

/** first [n, width] before each of the sequences of rest [sequences · T, width]: [sequences · (n + T), width]. */
export function prepend(builder: GraphBuilder, first: Value, rest: Value, sequences: number): Value {
  const width = rest.shape[1]!;
  const size = first.shape[0]! * width;
  // Sequences as rows: then to prepend is to put columns side by side.
  const flat = builder.reshape(first, sequences === 1 ? [1, size] : [size]);
  const tiled = sequences === 1 ? flat : builder.add(builder.constant(0, [sequences, size]), flat);
  const rows = builder.reshape(rest, [sequences, (rest.shape[0]! / sequences) * width]);
  const joined = builder.node('concat', [tiled, rows], {});
  return builder.reshape(joined, [sequences * first.shape[0]! + rest.shape[0]!, width]);
}
