/**
 * P-tuning (arXiv 2103.10385): the learned tokens of prompt tuning come out of a small MLP, PEFT's usual encoder. PEFT
 * saves only what comes out, so a saved adapter is one of prompt tuning and its encoder cannot be trained on.
 */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import type { TextModel } from '../models/model.ts';
import type { AdapterParameter, Method, ReadValues } from './method.ts';
import { promptName, promptSeams, promptSettings, requireOneTable } from './prompt.ts';

interface Encoder {
  readonly count: number;
  /** Widths of what goes into each layer and, last, of what comes out. */
  readonly widths: readonly number[];
}

const embeddingName = 'prompt_encoder.embedding.weight';
/** The layers of the MLP have the even places in PEFT's list, their ReLUs the odd ones. */
const layerName = (layer: number, part: 'weight' | 'bias'): string => `prompt_encoder.mlp_head.${2 * layer}.${part}`;

export const pTuning: Method = {
  create(model: TextModel, settings, factor) {
    requireOneTable(model, 'p-tuning');
    const count = settings.num_virtual_tokens ?? 20;
    const width = model.parameters.find(({ role }) => role === 'embedding')!.shape[1]!;
    const hidden = settings.encoder_hidden_size || width;
    const encoder = { count, widths: [width, hidden, hidden, width] };
    return {
      parameters: encoderParameters(encoder, factor(promptName, undefined)),
      modules: new Set(),
      dropsOut: false,
      virtualTokens: { count, as: 'rows' },
      seams: promptSeams((builder) => builder.within('prompt_encoder', () => encode(builder, encoder))),
      configClass: 'PromptEncoderConfig',
      peftConfig: {
        peft_type: 'P_TUNING',
        encoder_dropout: 0,
        encoder_hidden_size: hidden,
        encoder_num_layers: 2,
        encoder_reparameterization_type: 'MLP',
        num_attention_heads: model.heads,
        num_layers: model.layers.length,
        num_transformer_submodules: 1,
        num_virtual_tokens: count,
        token_dim: width,
      },
      title: 'P-tuning',
      summary: `${count} virtual tokens from an encoder of width ${hidden}`,
      async exported(read) {
        return new Map([[promptName, { shape: [count, width], data: await encoded(encoder, read) }]]);
      },
    };
  },

  settingsOf: promptSettings,
};

/** As PyTorch starts an embedding, N(0, 1), and linear layers, U(±1/√in). */
function encoderParameters({ count, widths }: Encoder, learningRateFactor: number): AdapterParameter[] {
  const table = { name: embeddingName, shape: [count, widths[0]!], init: { kind: 'normal', deviation: 1 } as const };
  const layers = widths.slice(1).flatMap((out, layer) => {
    const init = { kind: 'uniform', bound: 1 / Math.sqrt(widths[layer]!) } as const;
    return [
      { name: layerName(layer, 'weight'), shape: [out, widths[layer]!], init },
      { name: layerName(layer, 'bias'), shape: [out], init },
    ];
  });
  return [table, ...layers].map((parameter) => ({ ...parameter, learningRateFactor }));
}

/** The virtual tokens [count, width]. */
function encode(builder: GraphBuilder, { count, widths }: Encoder): Value {
  const learned = (name: string, shape: readonly number[]): Value =>
    builder.parameter(name, { shape, dtype: 'f32' }, 'trained');
  let x = learned(embeddingName, [count, widths[0]!]);
  for (const [layer, out] of widths.slice(1).entries()) {
    const product = builder.matmul(x, learned(layerName(layer, 'weight'), [out, widths[layer]!]), { transposeB: true });
    x = builder.add(product, learned(layerName(layer, 'bias'), [out]));
    if (layer < widths.length - 2) x = builder.activation(x, 'relu');
  }
  return x;
}

/** The same on the processor, for what is saved; sums in float64. */
async function encoded({ count, widths }: Encoder, read: ReadValues): Promise<Float32Array<ArrayBuffer>> {
  let x = Float64Array.from(await read(embeddingName));
  for (const [layer, out] of widths.slice(1).entries()) {
    const inner = widths[layer]!;
    const [weight, bias] = [await read(layerName(layer, 'weight')), await read(layerName(layer, 'bias'))];
    const y = new Float64Array(count * out);
    for (let at = 0; at < y.length; at++) {
      const [row, column] = [Math.floor(at / out), at % out];
      let sum = bias[column]!;
      for (let i = 0; i < inner; i++) sum += x[row * inner + i]! * weight[column * inner + i]!;
      y[at] = layer < widths.length - 2 ? Math.max(0, sum) : sum;
    }
    x = y;
  }
  return Float32Array.from(x);
}
