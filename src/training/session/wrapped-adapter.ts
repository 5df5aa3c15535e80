/** Adapters of a model for several kinds of input, of which the text model alone is opened. */
import { AppError, because } from '../../errors.ts';
import type { AdapterTensor, PeftAdapter } from '../../files/peft.ts';
import { isObject } from '../../models/config-reader.ts';
import type { Model } from '../../models/model.ts';
import { otherParts, wrappedName } from '../../models/wrapper.ts';

/** What tells of a module's adapter whether it changes anything: its values all start as this and change with training. */
const starts = { lora_B: 0, vera_lambda_b: 0, ia3_l: 1 };
const startOf = /^(.*)\.(lora_B|vera_lambda_b|ia3_l)(?:\.weight)?$/;

/**
 * An adapter under the names that the model has now, for names of before transformers 5 too. What other parts have of it
 * is left out where it changes nothing, since it was trained with text alone.
 * @throws AppError 'adapter-invalid' where it changes other parts
 */
export function ofTextModel(model: Model, { config, tensors }: PeftAdapter): PeftAdapter {
  if (model.kind !== 'text' || !model.wrapper) return { config, tensors };
  const named = new Map([...tensors].map(([name, tensor]) => [wrappedName(name), tensor]));
  // What belongs to no module, as virtual tokens and VeRA's matrices, has no dot in its name.
  const others = otherParts(model, named.keys()).filter((name) => name.includes('.'));
  const idle = others.flatMap((name) => idleModule(name, named.get(name)!));
  for (const name of others) {
    if (!idle.some((module) => name.startsWith(`${module}.`)))
      throw new AppError('adapter-invalid', {
        reason: because`it has ${name}, of a part that is not the text model, which alone is opened here; adapt the modules of language_model alone`,
      });
    named.delete(name);
  }
  const patterns = Object.fromEntries(
    ['rank_pattern', 'alpha_pattern'].flatMap((key) => (isObject(config[key]) ? [[key, keysNamed(config[key])]] : [])),
  );
  const { target_modules: targets } = config;
  const listed = Array.isArray(targets) ? { target_modules: targets.map((each) => wrappedName(String(each))) } : {};
  return { config: { ...config, ...patterns, ...listed }, tensors: named };
}

/** The path of a module whose adapter this tensor shows to change nothing. */
function idleModule(name: string, { data }: AdapterTensor): string[] {
  const [, module, kind] = startOf.exec(name) ?? [];
  const start = starts[kind as keyof typeof starts];
  return module !== undefined && data.every((value) => value === start) ? [module] : [];
}

const keysNamed = (table: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(table).map(([key, value]) => [wrappedName(key), value]));
