import { AppError } from '../errors.ts';
import type { LoraAdapter } from '../files/peft.ts';
import type { BaseModule } from '../files/peft-read.ts';
import { type CausalModel, featuresOf } from '../models/model.ts';
import { loraParameters, loraScale } from '../tuning/lora.ts';
import { linearModules } from '../tuning/target-modules.ts';
import type { LoraModule, Tuning } from '../tuning/tuning.ts';

/** The modules of a model that an adapter may be made for, as `readAdapter` checks them. */
export function adaptableModules(model: CausalModel): Map<string, BaseModule> {
  const linear = new Set(linearModules(model));
  return new Map(
    model.parameters
      .filter(({ name, module }) => linear.has(module) && name.endsWith('.weight'))
      .map((info) => [info.module, featuresOf(info)]),
  );
}

/**
 * The tuning that an adapter is, for using it without training: no dropout, every matrix at hand.
 * @throws AppError 'adapter-invalid' for DoRA, and for saved tensors that the model lacks
 */
export function adapterTuning(model: CausalModel, adapter: LoraAdapter): Tuning {
  const invalid = (reason: string) => new AppError('adapter-invalid', { reason });
  if (adapter.useDora) throw invalid('it is a DoRA adapter, which this version does not compute');
  const shapes = new Map(model.parameters.map(({ name, shape }) => [name, shape]));
  for (const { name, shape } of adapter.saved) {
    if (String(shapes.get(name)) !== String(shape)) throw invalid(`the model has no ${name} of shape [${shape}]`);
  }
  const modules = new Map<string, LoraModule>(
    adapter.modules.map(({ path, rank, alpha, inFeatures, outFeatures }) => {
      const scale = loraScale(rank, alpha, adapter.useRslora);
      return [path, { rank, alpha, scale, dropout: 0, inFeatures, outFeatures }];
    }),
  );
  const factors = { a: 1, b: 1 };
  return {
    trained: new Map(adapter.saved.map(({ name }) => [name, { learningRateFactor: 1 }])),
    lora: { modules },
    adapterParameters: [...modules].flatMap(([path, module]) => loraParameters(path, module, factors)),
  };
}

/**
 * Whether an adapter to continue from fits what the run will train.
 * @throws AppError 'adapter-invalid' with the first difference
 */
export function requireSameModules(tuning: Tuning, adapter: LoraAdapter): void {
  const invalid = (reason: string) => new AppError('adapter-invalid', { reason });
  const given = new Map(adapter.modules.map((module) => [module.path, module]));
  for (const [path, { rank }] of tuning.lora?.modules ?? []) {
    const found = given.get(path);
    if (!found) throw invalid(`the run gives LoRA to ${path}, which the adapter lacks`);
    if (found.rank !== rank) throw invalid(`${path} has rank ${found.rank} in the adapter and ${rank} in the run`);
    given.delete(path);
  }
  const [extra] = given.keys();
  if (extra !== undefined) throw invalid(`it has LoRA on ${extra}, which the run does not train`);
}
