/** Prefix tuning (arXiv 2101.00190): learned keys and values before those of every sequence, as PEFT has them. */
import { AppError } from '../errors.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { elementCount, type Value } from '../graph/types.ts';
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
    const given = givenKeys(model);
    const width = given.kvHeads * given.headDim;
    // Columns: the key of layer 0, its value, the key of layer 1, … No rotation turns the keys.
    const shape = [count, 2 * layers * width];
    const pieces = (builder: GraphBuilder): Value[] =>
      builder
        .columns(builder.parameter(promptName, { shape, dtype: 'f32' }, 'trained'), 2 * layers)
        .map((piece, index) => firstOf(builder, piece, given, keysOf(model, index >> 1)));
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
            const from = model.layers[site.layer]!.attention!.keysOf ?? site.layer;
            const [key, value] = [learned[2 * from]!, learned[2 * from + 1]!];
            const longer = (first: Value, rest: Value): Value => prepend(builder, first, rest, sequences);
            return base.attention(site, q, longer(key, k), longer(value, v));
          },
        };
      },
      configClass: 'PrefixTuningConfig',
      peftConfig: {
        peft_type: 'PREFIX_TUNING',
        encoder_hidden_size: width,
        num_attention_heads: given.kvHeads,
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

interface Keys {
  readonly kvHeads: number;
  readonly headDim: number;
}

const keysOf = ({ layers }: TextModel, layer: number): Keys => layers[layer]!.attention!;

/**
 * What every layer is given of keys, as PEFT does: as many heads, and as wide, as a layer with the widest has.
 * @throws AppError 'setting-unsupported' where a layer does not attend, or has more heads than those
 */
function givenKeys({ layers, modelType }: TextModel): Keys {
  const all = layers.flatMap(({ attention }) => attention ?? []);
  if (all.length < layers.length) throw unsupported(`${modelType}, whose layers keep different things`);
  const given = all.reduce((widest, each) => (each.headDim > widest.headDim ? each : widest));
  if (all.some(({ kvHeads }) => kvHeads > given.kvHeads))
    throw unsupported(
      `${modelType} with fewer heads of keys where they are wide: PEFT leaves layers out`,
      'lora, full',
    );
  return given;
}

/** Of rows [count, kvHeads·headDim] as given, the first heads that a layer has and the first columns of each. */
function firstOf(builder: GraphBuilder, rows: Value, given: Keys, { kvHeads, headDim }: Keys): Value {
  if (kvHeads === given.kvHeads && headDim === given.headDim) return rows;
  const count = rows.shape[0]!;
  const first = (x: Value, of: number, width: number): Value =>
    of === width ? x : builder.split(builder.reshape(x, [elementCount(x.shape) / of, of]), [width, of - width])[0]!;
  const heads = first(rows, given.kvHeads * given.headDim, kvHeads * given.headDim);
  return builder.reshape(first(heads, given.headDim, headDim), [count, kvHeads * headDim]);
}

const unsupported = (model: string, supported = 'prompt, p-tuning, lora'): AppError =>
  new AppError('setting-unsupported', {
    key: 'tuning.method',
    value: `prefix (of ${model})`,
    supported,
  });
