import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkExecutor, opCases } from '../graph/reference/cases.ts';
import type { Executor } from '../plan/executor.ts';
import { createTfjsExecutor } from './executor.ts';

const wasmPaths = `${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;

describe.each(['cpu', 'wasm'] as const)('TensorFlow.js on %s', (backend) => {
  let executor: Executor;
  beforeAll(async () => {
    executor = await createTfjsExecutor({ backend, wasmPaths });
  });
  afterAll(() => executor.dispose());

  it.each(opCases)('computes as the reference: $name', (opCase) => checkExecutor(executor, opCase));

  it('keeps no tensor from run to run, and none after the session', async () => {
    const before = memory().numTensors;
    const session = executor.createSession();
    const built = opCases.find(({ name }) => name.startsWith('decoder layer, LoRA with dropout'))!.build();
    session.define('step', built.graph);
    for (const [name, { bytes }] of built.parameters) session.write(name, bytes);
    await session.run('step', built.feeds);
    const afterOne = memory();
    for (let step = 0; step < 3; step++) await session.run('step', built.feeds);
    expect(memory().numTensors).toBe(afterOne.numTensors);
    expect(memory().numBytes).toBe(afterOne.numBytes);
    session.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
