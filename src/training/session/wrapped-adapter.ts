/** Adapters of a model for several kinds of input, of which the text model alone is opened. */
import type { PeftAdapter } from '../../files/peft.ts';
import { isObject } from '../../models/config-reader.ts';
import type { Model } from '../../models/model.ts';
import { otherParts, wrappedName } from '../../models/wrapper.ts';

/**
 * An adapter under the names that the model has now, for names of before transformers 5 too. LoRA of other parts that
 * changes nothing, since it was trained with text alone, is left out; what changes them stays, and is then refused.
 */
export function ofTextModel(model: Model, { config, tensors }: PeftAdapter): PeftAdapter {
  if (model.kind !== 'text' || !model.wrapper) return { config, tensors };
  const named = new Map([...tensors].map(([name, tensor]) => [wrappedName(name), tensor]));
  for (const name of otherParts(model, named.keys())) {
    const factor = named.get(name.replace('.lora_A.', '.lora_B.'));
    if (name.includes('.lora_A.') && factor?.data.every((value) => value === 0)) {
      named.delete(name);
      named.delete(name.replace('.lora_A.', '.lora_B.'));
    }
  }
  const patterns = Object.fromEntries(
    ['rank_pattern', 'alpha_pattern'].flatMap((key) => (isObject(config[key]) ? [[key, keysNamed(config[key])]] : [])),
  );
  const { target_modules: targets } = config;
  const listed = Array.isArray(targets) ? { target_modules: targets.map((each) => wrappedName(String(each))) } : {};
  return { config: { ...config, ...patterns, ...listed }, tensors: named };
}

const keysNamed = (table: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(table).map(([key, value]) => [wrappedName(key), value]));
