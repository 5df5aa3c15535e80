import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const modules = fileURLToPath(new URL('../../node_modules/@mantine/core/esm/', import.meta.url));
const importsOf = (path: string): [names: string, from: string][] =>
  [...readFileSync(path, 'utf8').matchAll(/(?:\{([^{}]*)\} )?from ['"]([^'"]+)['"]/g)].map((found) => [
    found[1] ?? '',
    found[2]!,
  ]);
const named = (names: string): string[] => names.split(',').map((each) => each.trim().replace(/ as .*/, ''));

/** The components that a file of the page takes from the library. */
const taken = (path: string): string[] =>
  importsOf(path).flatMap(([names, from]) => (from === '@mantine/core' ? named(names) : []));

test('every component of the library that the page uses has its styles, and no other has', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.tsx'),
  );
  const used = new Set(files.flatMap((file) => taken(join(import.meta.dirname, file))));
  const styles = new Set<string>();
  const seen = new Set<string>();
  const follow = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    if (path.endsWith('.module.mjs')) styles.add(basename(path, '.module.mjs'));
    else for (const [, from] of importsOf(path)) if (from.startsWith('.')) follow(join(dirname(path), from));
  };
  for (const [names, from] of importsOf(join(modules, 'index.mjs')))
    if (named(names).some((name) => used.has(name))) follow(join(modules, from));
  const list = readFileSync(join(import.meta.dirname, 'mantine.css'), 'utf8');
  const imported = [...list.matchAll(/styles\/([A-Z]\w+)\.css/g)].map(([, name]) => name);
  expect(used.size).toBeGreaterThan(10);
  expect(imported.sort()).toEqual([...styles].sort());
});
