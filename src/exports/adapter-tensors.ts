import type { AdapterTensor } from '../files/peft.ts';
import type { Adapter, ReadValues } from '../tuning/method.ts';
import { toSaved } from '../tuning/saved.ts';

/** The adapter's own tensors as its library saves them, by their names there. */
export async function adapterTensors(adapter: Adapter, read: ReadValues): Promise<Map<string, AdapterTensor>> {
  if (adapter.exported) return new Map(await adapter.exported(read));
  const tensors = new Map<string, AdapterTensor>();
  for (const parameter of adapter.parameters)
    tensors.set(parameter.name, toSaved(parameter, await read(parameter.name)));
  return tensors;
}
