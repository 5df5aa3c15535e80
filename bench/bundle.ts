/**
 * The benchmarks for a machine without a network or packages: a folder with all but the GPU's driver and Python. For this
 * machine's own platform it brings this Node, and the Vulkan loader where there is one.
 * npx tsx bench/bundle.ts FOLDER [--platform linux-x64]; there: sh FOLDER/bench/gpu.sh RESULTS
 */
import { copyFileSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'vite';

const { values, positionals } = parseArgs({
  options: { platform: { type: 'string', default: 'linux-x64' } },
  allowPositionals: true,
});
const [folder] = positionals;
if (folder === undefined) throw new Error('usage: npx tsx bench/bundle.ts FOLDER');
const root = fileURLToPath(new URL('..', import.meta.url));
const programs = ['adapter', 'reference', 'cases', 'matmul', 'kernels', 'step', 'node-process', 'scaling'];

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
await build({
  configFile: join(root, 'vite.config.ts'),
  root,
  publicDir: false,
  logLevel: 'warn',
  ssr: { noExternal: true, external: ['webgpu', 'vite', '@playwright/test'] },
  build: {
    ssr: true,
    outDir: join(folder, 'bench'),
    emptyOutDir: true,
    rollupOptions: {
      input: Object.fromEntries(programs.map((program) => [program, join(root, 'bench', `${program}.ts`)])),
      output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
});
const copy = (from: string, to = from) => cpSync(join(root, from), join(folder, to), { recursive: true });
copy('bench/gpu.sh');
copy('bench/pytorch.py');
copy('public/example');
// The tokenizer's library asks for both and uses neither; see the overrides of package.json.
for (const name of ['onnxruntime-node', 'sharp']) copy('scripts/empty-package', `node_modules/${name}`);
for (const name of ['package.json', 'index.js', `dist/${values.platform}`]) copy(join('node_modules/webgpu', name));

if (values.platform === `${process.platform}-${process.arch}`) {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  copyFileSync(process.execPath, join(folder, 'bin', basename(process.execPath)));
  const loader = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib']
    .map((place) => join(place, 'libvulkan.so.1'))
    .find(existsSync);
  if (loader !== undefined) {
    mkdirSync(join(folder, 'lib'), { recursive: true });
    copyFileSync(loader, join(folder, 'lib/libvulkan.so.1'));
  }
}
