/** Prompt tuning (arXiv 2104.08691): learned embeddings before the tokens of every sequence, as PEFT has them. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import type { Method } from './method.ts';
import { numberOf } from './peft-config.ts';

export const promptName = 'prompt_embeddings';

export const prompt: Method = {
  create(model, settings, factor) {
    const count = settings.num_virtual_tokens ?? 20;
    const table = model.parameters.find(({ role }) => role === 'embedding')!;
    const shape = [count, table.shape[1]!];
    const init =
      settings.prompt_tuning_init === 'SAMPLE_VOCAB'
        ? ({ kind: 'sampled-rows', of: table.name } as const)
        : ({ kind: 'normal', deviation: 1 } as const);
    return {
      parameters: [{ name: promptName, shape, init, learningRateFactor: factor(promptName, undefined) }],
      modules: new Set(),
      dropsOut: false,
      virtualTokens: { count, as: 'rows' },
      seams: (base, { builder, virtual }) => ({
        embed(module, ids) {
          if (virtual === undefined) return base.embed(module, ids);
          const learned = builder.parameter(promptName, { shape, dtype: 'f32' }, 'trained');
          if (virtual === 'alone') return learned;
          return prepend(builder, learned, base.embed(module, ids), virtual.sequences);
        },
      }),
      peftConfig: {
        peft_type: 'PROMPT_TUNING',
        num_attention_heads: model.heads,
        num_layers: model.layers,
        num_transformer_submodules: 1,
        num_virtual_tokens: count,
        prompt_tuning_init: 'RANDOM',
        prompt_tuning_init_text: null,
        token_dim: shape[1],
        tokenizer_name_or_path: null,
      },
      title: 'Prompt tuning',
      summary: `${count} virtual tokens`,
    };
  },

  settingsOf: (config) => ({ num_virtual_tokens: numberOf(config, 'num_virtual_tokens', 20) }),
};

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
