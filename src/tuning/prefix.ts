/** Prefix tuning (arXiv 2101.00190): learned keys and values before those of every sequence, as PEFT has them. */
import { AppError } from '../errors.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import type { TextModel } from '../models/model.ts';
import type { Method } from './method.ts';
import { numberOf } from './peft-config.ts';
import { prepend, promptName } from './prompt.ts';

export const prefix: Method = {
  create(model: TextModel, settings, factor) {
    const without = takeNoKeys[model.modelType];
    if (without) throw unsupported(without);
    const count = settings.num_virtual_tokens ?? 20;
    const layers = model.layers.length;
    const { kvHeads, width } = keysOf(model);
    // Columns: the key of layer 0, its value, the key of layer 1, … No rotation turns the keys.
    const shape = [count, 2 * layers * width];
    const pieces = (builder: GraphBuilder): Value[] =>
      builder.columns(builder.parameter(promptName, { shape, dtype: 'f32' }, 'trained'), 2 * layers);
    return {
      parameters: [
        {
          name: promptName,
          shape,
          init: { kind: 'normal', deviation: 1 },
          learningRateFactor: factor(promptName, undefined),
        },
      ],
      modules: new Set(),
      dropsOut: false,
      virtualTokens: { count, as: 'keys', keysAndValues: pieces },
      seams(base, { builder, virtual }) {
        if (virtual === undefined || virtual === 'alone') return {};
        const { sequences } = virtual;
        let learned: Value[] | undefined;
        return {
          attention(site, q, k, v) {
            learned ??= pieces(builder);
            const [key, value] = [learned[2 * site.layer]!, learned[2 * site.layer + 1]!];
            const longer = (first: Value, rest: Value): Value => prepend(builder, first, rest, sequences);
            return base.attention(site, q, longer(key, k), longer(value, v));
          },
        };
      },
      configClass: 'PrefixTuningConfig',
      peftConfig: {
        peft_type: 'PREFIX_TUNING',
        encoder_hidden_size: width,
        num_attention_heads: kvHeads,
        num_layers: layers,
        num_transformer_submodules: 1,
        num_virtual_tokens: count,
        prefix_projection: false,
        token_dim: width,
      },
      title: 'Prefix tuning',
      summary: `${count} virtual keys and values a layer`,
    };
  },

  settingsOf: (config) => ({ num_virtual_tokens: numberOf(config, 'num_virtual_tokens', 20) }),
};

/** Encoders that take no keys and values from outside in transformers: PEFT raises. By `model_type`. */
const takeNoKeys: Readonly<Record<string, string>> = {
  albert: 'ALBERT',
  'deberta-v2': 'DeBERTa',
  distilbert: 'DistilBERT',
  modernbert: 'ModernBERT',
  mpnet: 'MPNet',
};

/**
 * The heads that every layer keeps keys for, and their width: PEFT's one tensor has an equal share for each layer.
 * @throws AppError 'setting-unsupported' where a layer does not attend, with other heads, or over keys of another layer
 */
function keysOf({ layers, modelType }: TextModel): { readonly kvHeads: number; readonly width: number } {
  if (layers.some(({ attention }) => attention?.keysOf !== undefined))
    throw unsupported(`${modelType}, whose layers share keys and values`, 'lora, full');
  const [first, ...others] = layers.map(({ attention }) => attention);
  if (first === undefined || !others.every((each) => each?.kvHeads === first.kvHeads && each.headDim === first.headDim))
    throw unsupported(`${modelType}, whose layers keep different things`);
  return { kvHeads: first.kvHeads, width: first.kvHeads * first.headDim };
}

const unsupported = (model: string, supported = 'prompt, p-tuning, lora'): AppError =>
  new AppError('setting-unsupported', {
    key: 'tuning.method',
    value: `prefix (of ${model})`,
    supported,
  });
