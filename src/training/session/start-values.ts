import { initialValues } from '../../tuning/initial.ts';
import type { OpenModel } from './open-model.ts';

/** What a parameter starts from: its published values, or drawn ones where there are none. */
export async function startValues(
  { model, weights, fresh, tensorOf }: OpenModel,
  name: string,
  seed: number,
): Promise<Float32Array<ArrayBuffer>> {
  return fresh.has(name) ? freshValues(model, name, seed) : weights.readFloats(tensorOf(name));
}

/** N(mean, deviation²), a pure function of seed and name; zeros for a bias. */
export function freshValues({ parameters }: OpenModel['model'], name: string, seed: number): Float32Array<ArrayBuffer> {
  const { shape, fresh } = parameters.find((parameter) => parameter.name === name)!;
  const { deviation, mean = 0 } = fresh!;
  const init =
    deviation === 0 ? ({ kind: 'constant', value: mean } as const) : ({ kind: 'normal', deviation } as const);
  return initialValues({ name, shape, init }, seed);
}
