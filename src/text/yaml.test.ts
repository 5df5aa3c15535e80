import { expect, test, vi } from 'vitest';
import { parseYaml } from './yaml.ts';

test('what YAML says is read', async () => {
  const text = '# settings\na: {b: [1, 2.5e-3, true, null]}\n1: "2"\nlong: |\n  [[[\n  }\nc: &x {d: e}\nf: *x\n';
  expect(await parseYaml(text)).toEqual({
    value: { a: { b: [1, 0.0025, true, null] }, 1: '2', long: '[[[\n}\n', c: { d: 'e' }, f: { d: 'e' } },
  });
  expect(await parseYaml('')).toEqual({ value: null });
  expect(await parseYaml(`${'['.repeat(64)}1${']'.repeat(64)}`)).toHaveProperty('value');
});

test('two equal keys are told with their place, and are no fault in two objects', async () => {
  expect(await parseYaml('a: 1\nb: {c: 1}\nd: {c: 2}\n')).toEqual({ value: { a: 1, b: { c: 1 }, d: { c: 2 } } });
  const parsed = await parseYaml('a: 1\nb:\n  c: 1\n  c: 2\n');
  expect(JSON.stringify(parsed)).toMatch(/stands twice.*\[4,3\]/);
});

// Right values: PyYAML 6, safe_load.
test.each([
  ['no', false],
  ['Off', false],
  ['yes', true],
  ['y', 'y'],
  ['N', 'N'],
  ['010', 8],
  ['0x10', 16],
  ['0o10', '0o10'],
  ['1_000', 1000],
  ['1:30', 90],
  ['"010"', '010'],
  ['1.0e+4', 10000],
  ['~', null],
])('%s is read as PyYAML reads it', async (text, value) => {
  expect(await parseYaml(`a: ${text}`)).toEqual({ value: { a: value } });
});

test('a power of ten without a dot is a number, which PyYAML leaves to its readers, and a date a text', async () => {
  expect(await parseYaml('a: 1e-4\nb: 2024-01-01')).toEqual({ value: { a: 1e-4, b: '2024-01-01' } });
});

test('the keys of << are taken over, and own tags are told', async () => {
  const text = 'a: &a {x: no, y: 1}\nb: {<<: *a, y: 2}\n';
  expect(await parseYaml(text)).toEqual({ value: { a: { x: false, y: 1 }, b: { x: false, y: 2 } } });
  const ownTag = vi.fn();
  await parseYaml('a: !function m.f\nb: [1]\n', { ownTag });
  expect(ownTag.mock.calls).toEqual([['a', '!function']]);
});

const n = 20_000;
test.each(
  Object.entries({
    'a broken end in open brackets': `k: ${'{'.repeat(n)}${'\r'.repeat(n)}${'{'.repeat(n)}`,
    'objects that are keys': `k: ${'{'.repeat(300)}a${'}'.repeat(300)}`,
    'objects that are keys, less deep': `k: ${'{'.repeat(60)}a${'}'.repeat(60)}`,
    'keys that are keys': `${'? '.repeat(400)}a`,
    'keys below keys': Array.from({ length: 400 }, (_, at) => `${' '.repeat(at)}?`).join('\n'),
    'copies of copies': [
      'a0: &a0 [x]',
      ...Array.from({ length: 99 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]`),
    ].join('\n'),
  }),
)('%s is refused in a second of processor time', async (_, text) => {
  const before = process.cpuUsage();
  expect(await parseYaml(text)).toHaveProperty('fault');
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e6).toBeLessThan(1);
});

test('many keys take time that grows as their number', async () => {
  const before = process.cpuUsage();
  await parseYaml(Array.from({ length: n }, (_, at) => `k${at}: 1`).join('\n'));
  const { user, system } = process.cpuUsage(before);
  // Each compared with all before it: 6 s.
  expect((user + system) / 1e6).toBeLessThan(2);
});
