import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** Permissive; MPL-2.0 is of files of a package that only builds (lightningcss), none of which is in the page. */
const allowed = ['MIT', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', '0BSD', 'MPL-2.0', 'CC0-1.0'];

interface Locked {
  readonly dev?: boolean;
  readonly link?: boolean;
  readonly license?: string;
}

test('every package that is not for tests only has a licence that lets it be used here', () => {
  const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../package-lock.json'), 'utf8'));
  const packages = Object.entries(lock.packages as Record<string, Locked>).filter(
    ([path, { dev, link }]) => path.includes('node_modules/') && !dev && !link,
  );
  expect(packages.length).toBeGreaterThan(100);
  const others = packages.filter(([, { license = 'none' }]) =>
    license.split(/[()]|\bAND\b|\bOR\b/).some((part) => part.trim() !== '' && !allowed.includes(part.trim())),
  );
  expect(others.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
});
