/** What config.json alone says of weights that are published in few bits, before any tensor is there. */
import { blockValues, type QuantisedDType } from '../../graph/quantisation.ts';
import { isObject } from '../../models/config-reader.ts';
import type { Model } from '../../models/model.ts';

/**
 * The bits of each matrix of a checkpoint of bitsandbytes; undefined for any other config. What `llm_int8_skip_modules` names
 * is left as floats, and so is a head.
 */
export function plannedCodes(
  { parameters }: Model,
  config: unknown,
): ((parameter: string) => QuantisedDType | undefined) | undefined {
  const settings = isObject(config) ? config.quantization_config : undefined;
  if (!isObject(settings) || settings.quant_method !== 'bitsandbytes') return undefined;
  const skipped = settings.llm_int8_skip_modules;
  const left = Array.isArray(skipped) ? skipped.map(String) : [];
  const isLeft = (module: string) => left.some((name) => module === name || module.split('.').includes(name));
  const fourBits: QuantisedDType = settings.bnb_4bit_quant_type === 'nf4' ? 'nf4' : 'fp4';
  const type = settings.load_in_4bit === true ? fourBits : 'int8';
  const coded = new Set<string>();
  for (const { name, module, role, shape } of parameters)
    if (role === 'linear' && shape.length === 2 && !isLeft(module))
      if (type === 'int8' || shape[1]! % blockValues === 0) coded.add(name);
  return (parameter) => (coded.has(parameter) ? type : undefined);
}
