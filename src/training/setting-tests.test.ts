import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { settings } from './run-config.ts';

const root = new URL('../../', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, root), 'utf8');

/** Rows of docs/setting-tests.md: section, setting, file and title of the test. */
const rows = text('docs/setting-tests.md')
  .split(/^## /m)
  .slice(1)
  .flatMap((section) => {
    const name = section.slice(0, section.indexOf('\n'));
    return [...section.matchAll(/^\| `(\w+)` \| `([^`]+)`: (.+) \|$/gm)].map(
      ([, key, file, title]) => ({ setting: `${name}.${key}`, file: file!, title: title! }) as const,
    );
  });

test('every setting has a test, and there is none for another', () => {
  const keys = Object.entries(settings).flatMap(([section, each]) =>
    Object.keys(each).map((key) => `${section}.${key}`),
  );
  expect(new Set(rows.map(({ setting }) => setting))).toEqual(new Set(keys));
});

test.each(rows)('$setting is held by a test that there is', ({ file, title }) => {
  expect(text(file)).toContain(title);
});
