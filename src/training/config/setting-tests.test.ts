import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parseSync } from 'vite';
import { expect, test } from 'vitest';
import { defaultRunConfig, settings } from './run-config.ts';

const root = new URL('../../../', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, root), 'utf8');

/** Rows of docs/setting-tests.md: section, setting, file and title of the test. */
const rows = text('docs/setting-tests.md')
  .split(/^## /m)
  .slice(1)
  .flatMap((part) => {
    const section = part.slice(0, part.indexOf('\n'));
    return [...part.matchAll(/^\| `(\w+)` \| `([^`]+)`: (.+) \|$/gm)].map(
      ([, key, file, title]) =>
        ({ setting: `${section}.${key}`, section, key: key!, file: file!, title: title! }) as const,
    );
  });

type Node = { readonly type: string } & Readonly<Record<string, unknown>>;

/** What a test file runs, and the names and texts in its code; comments are no code. */
interface TestFile {
  readonly titles: readonly string[];
  readonly words: readonly string[];
}

function readTests(file: string): TestFile {
  const [titles, words]: [string[], string[]] = [[], []];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, name, value, arguments: given, callee } = node as Node;
    if (type === 'Identifier') words.push(String(name));
    if (type === 'Literal' && typeof value === 'string') words.push(value);
    const title = type === 'CallExpression' && runs(callee as Node) ? textOf((given as Node[])[0]) : undefined;
    if (title !== undefined) titles.push(title);
    for (const child of Object.values(node)) visit(child);
  };
  visit(parseSync(file, text(file)).program);
  return { titles, words };
}

/** Whether a callee is `test`, `it` or `describe`, with `each` or the like, and none that leaves it out. */
function runs(callee: Node): boolean {
  if (callee.type === 'Identifier') return ['test', 'it', 'describe'].includes(String(callee.name));
  if (callee.type === 'CallExpression') return runs(callee.callee as Node);
  if (callee.type === 'TaggedTemplateExpression') return runs(callee.tag as Node);
  if (callee.type !== 'MemberExpression') return false;
  return !['skip', 'todo', 'fixme'].includes(String((callee.property as Node).name)) && runs(callee.object as Node);
}

/** A text as it stands in the code; `…` for what is put into it. */
function textOf(node: Node | undefined): string | undefined {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type !== 'TemplateLiteral') return undefined;
  return (node.quasis as Node[]).map(({ value }) => (value as { cooked: string }).cooked).join('…');
}

/** As code has it where it passes a setting on: `batchSize`. */
const camelCase = (key: string): string => key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Whether the recorded runs have one with another value than the default. */
const runConfigs = ['interop/golden/', 'interop/golden-images/'].flatMap((folder) =>
  readdirSync(new URL(folder, root))
    .filter((name) => name !== 'pictures')
    .map((name) => JSON.parse(text(`${folder}${name}/run.json`))),
);
const isRecorded = (section: string, key: string): boolean => {
  const usual = JSON.stringify((defaultRunConfig as unknown as Record<string, Record<string, unknown>>)[section]![key]);
  return runConfigs.some((config) => {
    const value = config[section]?.[key] ?? config[key];
    return value !== undefined && JSON.stringify(value) !== usual;
  });
};

/** Whether recorded data beside a test file names the setting. */
function isInDataOf(file: string, key: string): boolean {
  const folder = new URL(`${file.slice(0, file.lastIndexOf('/'))}/golden/`, root);
  if (!existsSync(folder)) return false;
  const json = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.json'));
  return json.some((path) => readFileSync(new URL(path, folder), 'utf8').includes(`"${key}"`));
}

test('every setting has a test, and there is none for another', () => {
  const keys = Object.entries(settings).flatMap(([section, each]) =>
    Object.keys(each).map((key) => `${section}.${key}`),
  );
  expect(new Set(rows.map(({ setting }) => setting))).toEqual(new Set(keys));
});

const files = new Map([...new Set(rows.map(({ file }) => file))].map((file) => [file, readTests(file)]));

test.each(rows)('$setting is held by a test that runs and has it', ({ section, key, file, title }) => {
  const { titles, words } = files.get(file)!;
  expect(titles.filter((each) => each.includes(title))).not.toEqual([]);
  const named = new RegExp(`\\b(${key}|${camelCase(key)})\\b`);
  const isNamed = words.some((word) => named.test(word));
  const readsGolden = text(file).includes('golden');
  expect(isNamed || (readsGolden && (isRecorded(section, key) || isInDataOf(file, key)))).toBe(true);
});
