/**
 * The adapter that Node finds, as JSON: names, features, limits, subgroup matrices. npx tsx bench/adapter.ts [--gpu]
 * With --gpu it ends with 3 where that is a processor: what is measured there says nothing of a GPU.
 */
import { createNodeGpu } from '../src/cli/node-gpu.ts';
import { requestDevice } from '../src/webgpu/device.ts';

const gpu = await createNodeGpu();
const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' });
if (!adapter) throw new Error('no adapter was found');
console.log(
  JSON.stringify(
    { info: readable(adapter.info), features: [...adapter.features].sort(), limits: readable(adapter.limits) },
    null,
    2,
  ),
);
const { profile } = await requestDevice(gpu);
process.exit(process.argv.includes('--gpu') && profile.software ? 3 : 0);

/** WebGPU's objects have getters on their prototype, which JSON does not see; Dawn adds what is experimental to each. */
function readable(object: object): Record<string, unknown> {
  const names = [...Object.getOwnPropertyNames(Object.getPrototypeOf(object)), ...Object.getOwnPropertyNames(object)];
  const entries = names.map((name) => {
    const value: unknown = object[name as keyof typeof object];
    return [name, Array.isArray(value) ? value.map(readable) : value] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && typeof value !== 'function'));
}
