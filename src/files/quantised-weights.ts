/** Telling quantised weights from float ones by their tensors: a config may still name what the weights no longer are. */
import type { Weights } from './weights.ts';

/** Ends of names that a scheme adds beside its weights, or has in their place. */
const schemes: readonly (readonly [end: RegExp, scheme: string])[] = [
  [/\.(absmax|quant_map|quant_state\.\w+|nested_absmax|nested_quant_map)$/, 'bitsandbytes, 4 bits'],
  [/\.(SCB|weight_format)$/, 'bitsandbytes, 8 bits'],
  [/\.(qweight|qzeros)$/, 'GPTQ or AWQ'],
  [/\.(weight_packed|weight_zero_point)$/, 'compressed-tensors'],
  [/\.(weight_scale|weight_scale_inv|weight_scale_2|input_scale)$/, 'FP8 or compressed-tensors'],
  [/\.W_q$/, 'HQQ'],
  [/_blocks$/, 'MXFP4'],
  [/\.codebooks$/, 'AQLM'],
  [/\.(weight|qweight)\._(data|scale)$/, 'quanto'],
];

const floats: readonly string[] = ['F32', 'F16', 'BF16', 'F64'];

/**
 * The scheme of quantised weights, as the config names it or as its tensors show, and one of them; undefined for float
 * weights, whatever the config says.
 */
export function quantisationOf(
  { quantization_config: settings, compression_config: other }: Readonly<Record<string, unknown>>,
  { tensors }: Pick<Weights, 'tensors'>,
): { readonly scheme: string; readonly tensor: string } | undefined {
  const named = ((settings ?? other) as { quant_method?: unknown } | undefined)?.quant_method;
  for (const [name, { dtype }] of tensors) {
    const scheme = schemes.find(([end]) => end.test(name))?.[1];
    const coded = name.endsWith('.weight') && !floats.includes(dtype);
    if (scheme || coded)
      return { scheme: typeof named === 'string' ? named : (scheme ?? dtype), tensor: `${name} ${dtype}` };
  }
  return undefined;
}
