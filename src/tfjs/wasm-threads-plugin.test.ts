import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wasmThreads } from './wasm-threads-plugin.ts';

const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json'));
type Transform = (code: string, id: string) => { code: string } | undefined;
const transform = wasmThreads().transform as unknown as Transform;
const transformed = (file: string): string =>
  transform(readFileSync(join(folder, file), 'utf8'), join(folder, file))!.code;

describe('threads of the bundled wasm backend', () => {
  it('read no variable from outside the function that becomes their script', () => {
    const code = transformed('wasm-out/tfjs-backend-wasm-threaded-simd.js');
    // What is left is the declaration outside the function.
    const inner = code.slice(code.indexOf('function(WasmBackendModuleThreadedSimd)'));
    expect(inner).not.toContain('_scriptDir');
  });

  it('import no second script, which the security policy forbids', () => {
    const code = transformed('wasm-out/tfjs-backend-wasm-threaded-simd.worker.js');
    expect(code).not.toContain('importScripts(objectUrl)');
    expect(transformed('dist/backend_wasm.js')).toContain('wasmFactoryThreadedSimd.toString() + ";", response]');
  });

  it('fail the build where the package no longer looks as expected, and leave other files alone', () => {
    const file = join(folder, 'dist/backend_wasm.js');
    expect(() => transform('something else', file)).toThrow('has changed');
    expect(transform('something else', '/src/main.ts')).toBeUndefined();
    expect(transform('something else', join(folder, 'dist/index.js'))).toBeUndefined();
  });
});
