import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from './entries.ts';
import { mutateBytes, mutateJson, oneOf } from './mutate.ts';

const source = join(import.meta.dirname, '../..');

/** A file of the repository, by its path from src. */
export const seedFile = (path: string): Uint8Array => readFileSync(join(source, path));
/** The files of a folder that are called so and are not large. */
export const seedFiles = (folder: string, name: RegExp): Uint8Array[] =>
  readdirSync(join(source, folder))
    .filter((each) => name.test(each))
    .map((each) => seedFile(join(folder, each)))
    .filter((bytes) => bytes.length < 200_000);
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** An entry that takes bytes. @param sizeOf what memory is held against */
export function ofBytes(
  name: string,
  seeds: readonly Uint8Array[],
  act: (bytes: Uint8Array<ArrayBuffer>) => unknown,
  sizeOf = (bytes: Uint8Array) => bytes.length,
): Entry {
  if (seeds.length === 0) throw new Error(`${name} has no seeds`);
  return {
    name,
    input(random) {
      const bytes = mutateBytes(random, oneOf(random, seeds));
      return { size: sizeOf(bytes), run: () => act(bytes) };
    },
  };
}

/** An entry that takes a value of JSON. */
export function ofJson(name: string, seeds: readonly unknown[], act: (json: unknown, text: string) => unknown): Entry {
  if (seeds.length === 0) throw new Error(`${name} has no seeds`);
  return {
    name,
    input(random) {
      const value = mutateJson(random, oneOf(random, seeds));
      const text = JSON.stringify(value) ?? 'null';
      return { size: text.length, run: () => act(JSON.parse(text), text) };
    },
  };
}
