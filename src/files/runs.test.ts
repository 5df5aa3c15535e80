import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { nodeDirectory } from '../cli/node-directory.ts';
import { AppError } from '../errors.ts';
import { type Directory, subdirectory, writeText } from './directory.ts';
import { memoryDirectory } from './memory-directory.ts';
import {
  appendMetrics,
  createRun,
  deleteRun,
  loadCheckpoint,
  loadNamed,
  readMetrics,
  readRun,
  runIds,
  saveCheckpoint,
  savedStep,
  trimMetrics,
} from './runs.ts';
import { writeSafetensors } from './safetensors-write.ts';

let folder: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-runs-'));
});
afterAll(() => rm(folder, { recursive: true }));

const info = { fingerprint: 'abc', created: '2026-01-01T00:00:00Z' };
const tensor = (value: number) => ({ name: 'q.lora_A', shape: [2], data: new Float32Array([value, -value]) });

describe.each(['memory', 'disk'])('a run kept in %s', (place) => {
  let run: Directory;
  beforeEach(async () => {
    run = place === 'memory' ? memoryDirectory() : nodeDirectory(join(folder, String(count++)));
    await createRun(run, { training: { epochs: 1 } }, info);
  });

  const loaded = async (name?: string) => {
    const found = await (name === undefined ? loadCheckpoint(run) : loadNamed(run, name));
    return found && { step: found.step, value: (await found.weights.readFloats('q.lora_A'))[0], state: found.state };
  };

  it('gives back its config and its newest checkpoint bit for bit', async () => {
    expect(await readRun(run)).toEqual({ config: { training: { epochs: 1 } }, info });
    expect(await loadCheckpoint(run)).toBeUndefined();
    await saveCheckpoint(run, 9, [tensor(9)], { seed: 7 });
    const moments = new Float32Array([1e-45, -0, 3.4e38]);
    await saveCheckpoint(run, 10, [tensor(10), { name: 'm', shape: [3], data: async () => moments }], { seed: 8 });
    expect(await loaded()).toEqual({ step: 10, value: 10, state: { seed: 8 } });
    const read = await (await loadCheckpoint(run))!.weights.readFloats('m');
    expect(Buffer.from(read.buffer).equals(Buffer.from(moments.buffer))).toBe(true);
  });

  it('passes over a checkpoint that was cut off while it was written', async () => {
    await saveCheckpoint(run, 1, [tensor(1)], null);
    await saveCheckpoint(run, 2, [tensor(2)], null);
    const whole = await run.read('checkpoints/step-00000002.safetensors');
    for (const length of [0, 5, 40, whole.length - 1]) {
      await run.write('checkpoints/step-00000003.safetensors', [whole.slice(0, length)]);
      expect([(await loaded())?.step, await savedStep(run)]).toEqual([2, 2]);
    }
    await run.write('checkpoints/step-00000004.safetensors.unfinished', [whole.slice(0, 30)]);
    expect((await loaded())?.step).toBe(2);
  });

  it('passes over a checkpoint of which a byte changed, whichever, and says so from then on', async () => {
    await saveCheckpoint(run, 1, [tensor(1)], null);
    await saveCheckpoint(run, 2, [tensor(2)], { note: 'state' });
    await saveCheckpoint(run, 3, [tensor(3)], null, { name: 'best' });
    const file = 'checkpoints/step-00000002.safetensors';
    const whole = await run.read(file);
    const text = new TextDecoder('latin1').decode(whole);
    for (const at of [text.indexOf('note'), text.indexOf('q.lora_A'), whole.length - 70, whole.length - 1]) {
      await saveCheckpoint(run, 2, [tensor(2)], { note: 'state' });
      expect(await savedStep(run)).toBe(2);
      await run.write(file, [whole.map((byte, index) => (index === at ? byte ^ 1 : byte))]);
      expect(await loaded()).toMatchObject({ step: 1, value: 1 });
      expect(await savedStep(run)).toBe(1);
    }
    await saveCheckpoint(run, 2, [tensor(2)], null);
    await saveCheckpoint(run, 3, [tensor(3)], null);
    await saveCheckpoint(run, 4, [tensor(4)], null);
    const names = (await run.list('checkpoints')).map(({ name }) => name).sort();
    expect(names).toEqual(['best.safetensors', 'step-00000003.safetensors', 'step-00000004.safetensors']);
    const best = await run.read('checkpoints/best.safetensors');
    await run.write('checkpoints/best.safetensors', [
      best.map((byte, at) => (at === best.length - 70 ? byte ^ 1 : byte)),
    ]);
    await expect(loadNamed(run, 'best')).rejects.toMatchObject({ code: 'checkpoint-invalid' });
    await run.write('checkpoints/best.safetensors', []);
    expect(await loadNamed(run, 'best')).toBeUndefined();
  });

  it('loads checkpoints of older versions, which have no digests', async () => {
    const metadata = { format: 'atelier-checkpoint', step: '7', state: '{"seed":3}' };
    const old = writeSafetensors([{ ...tensor(7), dtype: 'F32' }], metadata);
    await run.write('checkpoints/step-00000007.safetensors', [old]);
    expect(await loaded()).toEqual({ step: 7, value: 7, state: { seed: 3 } });
  });

  it('keeps the last checkpoint when saving the next one fails', async () => {
    await saveCheckpoint(run, 1, [tensor(1)], null);
    const lost = { name: 'lost', shape: [1], data: () => Promise.reject(new Error('device lost')) };
    await expect(saveCheckpoint(run, 2, [tensor(2), lost], null, { keep: 1 })).rejects.toThrow('device lost');
    expect(await loaded()).toMatchObject({ step: 1, value: 1 });
  });

  it('keeps only the newest checkpoints, and the named one', async () => {
    for (let step = 1; step <= 4; step++) await saveCheckpoint(run, step, [tensor(step)], null);
    await saveCheckpoint(run, 2, [tensor(22)], null, { name: 'best' });
    const names = (await run.list('checkpoints')).map((entry) => entry.name).sort();
    expect(names).toEqual(['best.safetensors', 'step-00000003.safetensors', 'step-00000004.safetensors']);
    expect(await loaded('best')).toMatchObject({ step: 2, value: 22 });
    expect(await loaded()).toMatchObject({ step: 4 });
    expect(await loaded('other')).toBeUndefined();
  });

  it('collects metrics, forgives a torn line and forgets what a resumed run does again', async () => {
    expect(await readMetrics(run)).toEqual([]);
    await appendMetrics(run, [{ step: 1, loss: 3.5 }]);
    await appendMetrics(run, [
      { step: 2, loss: 3 },
      { step: 3, loss: 2.5 },
    ]);
    await run.append('metrics.jsonl', new TextEncoder().encode('{"step": 4, "lo'));
    expect((await readMetrics(run)).map((record) => record.step)).toEqual([1, 2, 3]);
    await trimMetrics(run, 2);
    await appendMetrics(run, [{ step: 3, loss: 2 }]);
    expect(await readMetrics(run)).toEqual([
      { step: 1, loss: 3.5 },
      { step: 2, loss: 3 },
      { step: 3, loss: 2 },
    ]);
  });
});

describe('a folder of runs', () => {
  it('knows the runs by their configs, damaged ones among them', async () => {
    const runs = memoryDirectory();
    for (const [id, created] of Object.entries({ old: '2026-01-01', young: '2026-02-01' })) {
      await createRun(subdirectory(runs, id), { id }, { ...info, created });
    }
    await saveCheckpoint(subdirectory(runs, 'old'), 12, [tensor(1)], null);
    await writeText(runs, 'damaged/run.json', '{');
    await writeText(runs, 'a file', '');
    await writeText(runs, 'ghost/info.json', '{}');
    expect((await runIds(runs)).sort()).toEqual(['damaged', 'old', 'young']);
    expect(await savedStep(subdirectory(runs, 'old'))).toBe(12);
    await expect(readRun(subdirectory(runs, 'damaged'))).rejects.toMatchObject({ code: 'checkpoint-invalid' });
  });

  it('says that the storage is full and keeps the checkpoint before', async () => {
    const run = memoryDirectory(400);
    await saveCheckpoint(run, 1, [tensor(1)], null);
    const large = { name: 'large', shape: [100], data: new Float32Array(100) };
    await expect(saveCheckpoint(run, 2, [large], null)).rejects.toMatchObject({ code: 'storage-full' });
    expect((await loadCheckpoint(run))?.step).toBe(1);
  });
});

it('a run is deleted where the storage has no room for one more byte', async () => {
  const runs = memoryDirectory();
  await createRun(subdirectory(runs, 'one'), {}, info);
  await saveCheckpoint(subdirectory(runs, 'one'), 1, [tensor(1)], null);
  const full = { ...runs, write: () => Promise.reject(new AppError('storage-full', { bytes: 0 })) };
  await deleteRun(full, 'one');
  expect(await runs.list('')).toEqual([]);
  const shut = { ...full, remove: () => Promise.reject(new Error('in use')) };
  await createRun(subdirectory(runs, 'two'), {}, info);
  await expect(deleteRun(shut, 'two')).rejects.toThrow('in use');
});
