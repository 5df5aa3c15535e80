/** A page that tells when a run comes to a phase, and draws out a write so that it can be killed in it. */
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
// @ts-expect-error a plain script shared with `npm start`, which runs before anything is built
import { buildPage } from '../scripts/build.js';

/**
 * Stands before the worker's own script: tells the phases, and draws out the write that is waited for at one of its
 * stages: before its file is made, before each part, before it is closed, before it gets its name, and after that.
 */
const prelude = `
  const tell = (moment) => console.log('moment: ' + moment);
  const post = self.postMessage.bind(self);
  self.postMessage = (message, ...more) => {
    post(message, ...more);
    if (message.event === 'phase') tell(message.data.phase);
  };
  self.drawnOut = null;
  const names = new WeakMap();
  const pass = async (name, stage) => {
    const { file, at } = self.drawnOut ?? {};
    if (!file || !new RegExp(file).test(name) || stage !== at) return;
    self.drawnOut = null;
    tell('write');
    await new Promise((resolve) => setTimeout(resolve, 1000));
  };
  const around = (type, method, nameOf, before, after) => {
    const own = type.prototype[method];
    type.prototype[method] = async function (...given) {
      const name = nameOf(this, given);
      await pass(name, before);
      const result = await own.apply(this, given);
      if (method === 'createWritable') names.set(result, name);
      if (after) await pass(name, after);
      return result;
    };
  };
  around(FileSystemFileHandle, 'createWritable', (file) => file.name, 'open');
  around(FileSystemWritableFileStream, 'write', (stream) => names.get(stream) ?? '', 'write');
  around(FileSystemWritableFileStream, 'close', (stream) => names.get(stream) ?? '', 'close');
  around(FileSystemFileHandle, 'move', (file, [name]) => name, 'rename', 'renamed');
`;
export const stages = ['open', 'write', 'close', 'rename', 'renamed'];

/** A write that is drawn out: of files of such names, at one of the stages. */
export interface DrawnOut {
  readonly file: string;
  readonly at: string;
}
/** The page as it is served, whose worker begins with the prelude. */
export async function withMoments(folder: string): Promise<string> {
  await buildPage();
  await cp(fileURLToPath(new URL('../dist', import.meta.url)), folder, { recursive: true });
  const assets = join(folder, 'assets');
  const name = (await readdir(assets)).find((each) => /^worker-.*\.js$/.test(each))!;
  await writeFile(join(assets, name), `${prelude}\n${await readFile(join(assets, name), 'utf8')}`);
  return folder;
}
