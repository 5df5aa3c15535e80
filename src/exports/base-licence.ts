import type { ModelFiles } from '../files/source.ts';
import { licenceOf } from './front-matter.ts';

/** What the base's own card says; null where it has none, says none, or cannot be had just now. */
export async function baseLicence(files: ModelFiles): Promise<string | null> {
  try {
    return (await files.has('README.md')) ? licenceOf(await files.text('README.md')) : null;
  } catch {
    return null;
  }
}
