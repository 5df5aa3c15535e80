import type { Directory } from './directory.ts';

/** What a write that was broken off leaves: of this program, and of browsers in a folder of the visitor's. */
export const isLeftover = (name: string): boolean => /\.(unfinished|crswap)$/.test(name);

/** The lock of a folder that a process writes to (`cli/run-lock.ts`). */
export const lockFile = '.writer';

/** Lies in the folder of a run while it is taken in, and while it is deleted: until that is done it is no run. */
export const notARun = '.not-a-run';

/** Paths of what broken writes left in a folder and in those inside it. Of one that is written to now they are none. */
export async function leftoversIn(folder: Directory, path = ''): Promise<string[]> {
  const inside = (name: string) => (path === '' ? name : `${path}/${name}`);
  const entries = await folder.list(path);
  const found = await Promise.all(
    entries.map(async ({ name, kind }) => {
      if (kind === 'folder') return leftoversIn(folder, inside(name));
      return isLeftover(name) ? [inside(name)] : [];
    }),
  );
  return found.flat();
}

/** @param path only directly in that folder */
export async function removeLeftovers(folder: Directory, path?: string): Promise<void> {
  const inside = (name: string) => (path ? `${path}/${name}` : name);
  const found =
    path === undefined
      ? await leftoversIn(folder)
      : (await folder.list(path)).flatMap(({ name, kind }) =>
          kind === 'file' && isLeftover(name) ? [inside(name)] : [],
        );
  for (const each of found) await folder.remove(each);
}
