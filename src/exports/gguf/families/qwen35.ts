/** Qwen 3.5, whose layers are gated delta nets but for every fourth, or however many-th, that is attention. */
import { because } from '../../../errors.ts';
import { u32 } from '../../../files/gguf-types.ts';
import { readQwen35Config } from '../../../models/qwen3-5.ts';
import { textConfig } from '../../../models/wrapper.ts';
import { type Arrangement, firstOfEachKey } from '../arrangements.ts';
import {
  commonConfig,
  llamaModules,
  partialRotary,
  requireActivation,
  rmsEpsilon,
  ropeEntries,
  sizeEntries,
} from '../common.ts';
import { countedFrom1, type GgufFamily, requireFit, type ValueChange } from '../family.ts';

/** What the states fade by, in place of its logarithm. */
const decay: ValueChange = { written: (value) => -Math.exp(value), read: (value) => Math.log(-value) };

/** How many of the pairs that turn belong to each axis of a picture, side by side in turns; those of text are alike. */
function sections(width: number): readonly number[] {
  const pairs = width / 2;
  return [Math.ceil(pairs / 3), Math.ceil((pairs - 1) / 3), Math.ceil((pairs - 2) / 3), 0];
}

export const qwen35: GgufFamily = {
  architecture: 'qwen35',
  modules: {
    ...llamaModules,
    post_attention_layernorm: 'post_attention_norm',
    'linear_attn.in_proj_qkv': 'attn_qkv',
    'linear_attn.in_proj_z': 'attn_gate',
    'linear_attn.in_proj_a': 'ssm_alpha',
    'linear_attn.in_proj_b': 'ssm_beta',
    'linear_attn.conv1d': 'ssm_conv1d',
    'linear_attn.norm': 'ssm_norm',
    'linear_attn.out_proj': 'ssm_out',
  },
  parameters: { 'linear_attn.A_log': ['ssm_a'], 'linear_attn.dt_bias': ['ssm_dt.bias'] },
  change({ name, role }) {
    if (name.endsWith('.A_log')) return decay;
    return role === 'norm' && !name.endsWith('.linear_attn.norm.weight') ? countedFrom1 : undefined;
  },
  /** Whatever has values for each head of v. */
  arrangement({ name }, model): Arrangement | undefined {
    const [, part] = /\.linear_attn\.(\w+)/.exec(name) ?? [];
    if (part === undefined || part === 'norm') return undefined;
    const { keyHeads, keyDim, valueHeads, valueDim } = readQwen35Config(textConfig(model)).delta;
    const perKey = valueHeads / keyHeads;
    if (perKey === 1 || keyHeads === 1) return undefined;
    if (part === 'in_proj_qkv' || part === 'conv1d')
      return firstOfEachKey(keyHeads, perKey, valueDim, 2 * keyHeads * keyDim);
    if (part === 'in_proj_z') return firstOfEachKey(keyHeads, perKey, valueDim);
    if (part === 'out_proj') return { ...firstOfEachKey(keyHeads, perKey, valueDim), ofColumns: true };
    return firstOfEachKey(keyHeads, perKey, 1);
  },
  entries(json) {
    const config = readQwen35Config(json);
    const { attends, delta } = config;
    requireActivation(config.activation, 'silu');
    requireFit(!config.attentionBias, because`its attention has biases`);
    requireFit(
      delta.keyDim === delta.valueDim,
      because`its delta nets have keys of ${delta.keyDim} and values of ${delta.valueDim}`,
    );
    const every = attends.includes(true) ? attends.indexOf(true) + 1 : attends.length + 1;
    requireFit(
      attends.every((each, layer) => each === ((layer + 1) % every === 0)),
      because`its layers of attention do not come at equal distances`,
    );
    const { rope, width } = config.rotary;
    return [
      ...sizeEntries(config),
      ...rmsEpsilon(config.normEpsilon),
      ...ropeEntries(rope, width),
      ['rope.dimension_sections', { type: 'i32s', value: sections(width) }],
      ['full_attention_interval', u32(every)],
      ['ssm.conv_kernel', u32(delta.taps)],
      ['ssm.group_count', u32(delta.keyHeads)],
      ['ssm.time_step_rank', u32(delta.valueHeads)],
      ['ssm.state_size', u32(delta.keyDim)],
      ['ssm.inner_size', u32(delta.valueHeads * delta.valueDim)],
    ];
  },
  config(from) {
    if ((from.optional('nextn_predict_layers') ?? 0) > 0)
      throw from.unread(because`it has layers that foretell several tokens`);
    const valueHeads = from.number('ssm.time_step_rank');
    return {
      ...commonConfig(from),
      model_type: 'qwen3_5_text',
      partial_rotary_factor: partialRotary(from),
      full_attention_interval: from.optional('full_attention_interval') ?? 4,
      linear_conv_kernel_dim: from.number('ssm.conv_kernel'),
      linear_num_key_heads: from.number('ssm.group_count'),
      linear_num_value_heads: valueHeads,
      linear_key_head_dim: from.number('ssm.state_size'),
      linear_value_head_dim: from.number('ssm.inner_size') / valueHeads,
    };
  },
};
