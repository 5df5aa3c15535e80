/**
 * Models that tell which token stood at a masked place: a dense layer, an activation and a norm over its hidden state, then
 * the token embedding once more, with a bias of its own.
 * Reference: transformers `models/bert/modeling_bert.py` (BertForMaskedLM) and those of the other types.
 */
import { because } from '../errors.ts';
import type { Activation } from '../graph/types.ts';
import { type Architecture, modelOf } from './architecture.ts';
import { layerNorm } from './blocks.ts';
import { ConfigReader, invalidConfig, type JsonObject } from './config-reader.ts';
import type { MaskedHead, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';

/** An encoder without its head. */
interface Encoder extends Omit<Architecture, 'headParameter'> {
  /** Width of the token embedding; absent: that of the layers. */
  readonly embeddingSize?: number;
  readonly normEpsilon: number;
}

/** What the file of an encoder says of this head. */
interface MaskedForm extends Pick<MaskedHead, 'architecture' | 'decoder'> {
  /** The module of the token embedding. */
  readonly table: string;
  readonly dense: string;
  readonly norm: string;
  readonly activation: Activation;
  /** The parameter that is added to the logits; absent: none is. */
  readonly bias?: string | undefined;
  readonly denseBias?: boolean;
  readonly normBias?: boolean;
  /** As `named_parameters()` has them; default: bias, dense, norm. */
  readonly order?: readonly ('bias' | 'dense' | 'norm')[];
  /** Its parameters come before the encoder's. */
  readonly isFirst?: boolean;
}

/** @throws AppError 'config-invalid' where the output is not the token embedding */
export function maskedModel(json: JsonObject, encoder: Encoder, form: MaskedForm): TextModel {
  const { architecture, decoder, table, dense, norm, activation, bias, denseBias = true, normBias = true } = form;
  const { hiddenSize, embeddingSize = hiddenSize, vocabularySize, normEpsilon } = encoder;
  if (!new ConfigReader(json).flag('tie_word_embeddings', true))
    throw invalidConfig(because`tie_word_embeddings false is not supported where masked tokens are learned`);
  const list = new ParameterList('');
  const add = {
    bias: () => bias && list.bias(bias, vocabularySize, [`${decoder}.bias`]),
    dense: () => list.linear(dense, embeddingSize, hiddenSize, { bias: denseBias }),
    norm: () => list.layerNorm(norm, embeddingSize, { bias: normBias }),
  };
  for (const part of form.order ?? (['bias', 'dense', 'norm'] as const)) add[part]();
  return modelOf(json, {
    ...encoder,
    parameters: form.isFirst ? [...list.all, ...encoder.parameters] : [...encoder.parameters, ...list.all],
    headParameter: `${table}.weight`,
    ...(bias ? { headBias: bias } : {}),
    masked: {
      ...{ architecture, decoder, parameters: new Set(list.all.map(({ name }) => name)) },
      buildTransform: (builder, seams, hidden) =>
        builder.within('head', () =>
          layerNorm(
            { builder, seams },
            normEpsilon,
            normBias,
          )(norm, builder.activation(seams.linear(dense, hidden), activation)),
        ),
    },
  });
}
