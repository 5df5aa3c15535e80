import { AppError } from '../src/errors.ts';
import { directoryCache } from '../src/files/cache.ts';
import { readText, subdirectory, writeText } from '../src/files/directory.ts';
import { openHubModel } from '../src/files/hub.ts';
import { opfsDirectory } from '../src/files/opfs-directory.ts';
import { createRun, loadCheckpoint, runIds, saveCheckpoint, savedStep } from '../src/files/runs.ts';

/** Runs in a worker of the tested browser: each task works on its real storage and returns plain data. */
const storage = async () => opfsDirectory(await navigator.storage.getDirectory());
const bytes = (text: string) => new TextEncoder().encode(text);

const tasks: Record<string, (argument: string) => Promise<unknown>> = {
  async files() {
    const directory = subdirectory(await storage(), 'files');
    const seen: boolean[] = [];
    async function* watched() {
      yield bytes('one ');
      seen.push(await directory.exists('a/b/file'));
      yield bytes('two');
    }
    await directory.write('a/b/file', watched());
    await directory.append('a/b/file', bytes(' three'));
    await directory.append('a/log', bytes('x'));
    const whole = await readText(directory, 'a/b/file');
    const part = new TextDecoder().decode(await directory.read('a/b/file', 4, 7));
    const listed = (await directory.list('a')).map(({ name, kind }) => `${kind} ${name}`).sort();
    await writeText(directory, 'a/b/file', 'short');
    async function* broken() {
      yield bytes('half of it');
      throw new Error('cut');
    }
    const broke = await directory.write('a/b/file', broken()).then(String, String);
    const kept = await readText(directory, 'a/b/file');
    const missing = await directory.read('nowhere').catch((error: unknown) => (error as AppError).code);
    await directory.remove('a');
    await directory.remove('never there');
    const after = [await directory.exists('a/log'), (await directory.list('a')).length];
    return { seen, whole, part, listed, broke, kept, missing, after };
  },
  async filesWithoutWritable() {
    // Older Safari has only handles that write in place.
    Reflect.deleteProperty(FileSystemFileHandle.prototype, 'createWritable');
    return tasks.files!('');
  },
  async filesInPickedFolder() {
    // A folder of the visitor's disk: its handles are as the browser's own, but none can be written in place, nor renamed.
    const refuse = async () => {
      throw new DOMException('only in the origin private file system', 'InvalidStateError');
    };
    Object.assign(FileSystemFileHandle.prototype, { createSyncAccessHandle: refuse, move: refuse });
    return tasks.files!('');
  },
  async saveRun() {
    const runs = subdirectory(await storage(), 'runs');
    const run = subdirectory(runs, 'first');
    await createRun(run, { seed: 1 }, { fingerprint: 'f', created: '2026-01-01' });
    await saveCheckpoint(run, 5, [{ name: 'w', shape: [3], data: new Float32Array([1, -0, 1e-45]) }], { position: 5 });
    return null;
  },
  async loadRun() {
    const runs = subdirectory(await storage(), 'runs');
    const loaded = await loadCheckpoint(subdirectory(runs, 'first'));
    const values = await loaded!.weights.readFloats('w');
    const bits = [...new Uint32Array(values.buffer)];
    const [id] = await runIds(runs);
    const listed = [{ id, step: await savedStep(subdirectory(runs, id!)) }];
    return { runs: listed, step: loaded!.step, state: loaded!.state, bits };
  },
  async fill(count) {
    const run = subdirectory(await storage(), 'runs/first');
    const large = { name: 'w', shape: [Number(count)], data: new Float32Array(Number(count)) };
    const code = await saveCheckpoint(run, 6, [large], null).catch((error: unknown) => (error as AppError).code);
    const cache = directoryCache(subdirectory(await storage(), 'models'));
    const key = { model: 'm', path: 'p', version: 'v' };
    const appended = await cache.append(key, new Uint8Array(4 * Number(count))).catch((error: unknown) => error);
    return {
      code,
      appended: appended instanceof AppError ? appended.code : String(appended),
      held: (await cache.held(key)).bytes,
      step: (await loadCheckpoint(run))?.step,
    };
  },
  async download(endpoint) {
    const cache = directoryCache(subdirectory(await storage(), 'models'));
    const model = await openHubModel('ai/tiny', 'main', { fetch, endpoint, patience: { retryDelayMs: 10 } }, cache);
    await model.download();
    const weights = await model.read('model.safetensors');
    return { length: weights.length, sum: weights.reduce((total, byte) => total + byte, 0), files: await cache.list() };
  },
};

self.addEventListener('message', async ({ data }: MessageEvent<{ task: string; argument: string }>) => {
  try {
    self.postMessage({ result: await tasks[data.task]!(data.argument) });
  } catch (error) {
    self.postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
