import type { LlamaConfig } from './llama-config.ts';
import type { ParameterInfo } from './model.ts';
import { ParameterList } from './parameter-list.ts';

/** Every parameter in the order of `named_parameters()` of transformers' `…ForCausalLM`. */
export function llamaParameters(config: LlamaConfig): readonly ParameterInfo[] {
  const { vocabularySize, hiddenSize, intermediateSize, headDim, tiedHead } = config;
  const [queries, keys] = [config.heads * headDim, config.kvHeads * headDim];
  const list = new ParameterList('model.');
  // A head that is tied is left out of the file under its own name, but some converters keep that one instead.
  list.embedding('model.embed_tokens', vocabularySize, hiddenSize, tiedHead ? ['lm_head.weight'] : []);
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `model.layers.${layer}`;
    list.linear(`${path}.self_attn.q_proj`, queries, hiddenSize, { bias: config.qkvBias });
    list.linear(`${path}.self_attn.k_proj`, keys, hiddenSize, { bias: config.qkvBias });
    list.linear(`${path}.self_attn.v_proj`, keys, hiddenSize, { bias: config.qkvBias });
    list.linear(`${path}.self_attn.o_proj`, hiddenSize, queries, { bias: config.outputBias });
    if (config.qkNorm) list.rmsNorm(`${path}.self_attn.q_norm`, headDim);
    if (config.qkNorm) list.rmsNorm(`${path}.self_attn.k_norm`, headDim);
    list.linear(`${path}.mlp.gate_proj`, intermediateSize, hiddenSize, { bias: config.mlpBias });
    list.linear(`${path}.mlp.up_proj`, intermediateSize, hiddenSize, { bias: config.mlpBias });
    list.linear(`${path}.mlp.down_proj`, hiddenSize, intermediateSize, { bias: config.mlpBias });
    list.rmsNorm(`${path}.input_layernorm`, hiddenSize);
    list.rmsNorm(`${path}.post_attention_layernorm`, hiddenSize);
  }
  list.rmsNorm('model.norm', hiddenSize);
  if (!tiedHead) list.head('lm_head', vocabularySize, hiddenSize);
  return list.all;
}
