import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = import.meta.dirname;

/** The table of the design: what each folder may import beside `errors` and itself. */
const allowed: Record<string, readonly string[]> = {
  graph: [],
  plan: ['graph'],
  webgpu: ['graph', 'plan'],
  tfjs: ['graph', 'plan'],
  models: ['graph'],
  wasm: [],
  metrics: [],
  tuning: ['graph', 'models', 'wasm'],
  files: ['wasm'],
  text: ['files'],
  data: ['text', 'files'],
  tasks: ['graph', 'models', 'tuning', 'data', 'text'],
  training: ['graph', 'plan', 'models', 'tuning', 'tasks', 'data', 'text', 'files', 'metrics'],
  exports: ['models', 'tuning', 'text', 'files'],
  benchmarks: ['models', 'tasks', 'data', 'text', 'training', 'metrics', 'generation'],
  generation: ['graph', 'plan', 'models', 'tuning', 'tasks', 'data', 'text', 'files', 'training', 'metrics'],
  sweeps: ['plan', 'tasks', 'training', 'data', 'text', 'files'],
  ui: [
    'worker/client',
    'worker/protocol',
    'worker/may-connect',
    'worker/trusted-scripts',
    'training/config/run-config',
    'training/config/recipes',
    'training/config/setting-warnings',
    'data/problem-words',
    'data/csv-text',
    'generation/made/requests',
    'benchmarks/results',
    'sweeps/swept-keys',
    'sweeps/table',
    'training/results/examples/table',
  ],
};
const mayImportAll = ['worker', 'cli'];

/** Packages that only one folder, or one file, may import. */
const owners: readonly [library: RegExp, owner: RegExp][] = [
  [/^@tensorflow\//, /^tfjs\//],
  [/^@huggingface\/(transformers|jinja)/, /^text\//],
  [/^@huggingface\/hub/, /^files\/hub/],
  [/^(react|@mantine|recharts|zustand|@headless-tree|@tanstack)/, /^ui\//],
  [/^webgpu$/, /^cli\//],
  [/^node:/, /^cli\//],
];

/** The folders of training in their order: each imports itself and those before it. */
const trainingOrder = ['config', 'programs', 'session', 'run', 'results'];

/** Circles that may be: an interface, and beside it the table of all that implement it. */
const interfaceBesideRegistry: readonly { readonly files: RegExp; readonly reason: string }[] = [
  {
    files: /^graph\/(builder|definition|operations|operations\/[\w-]+)\.ts$/,
    reason: 'an operation gives its gradient as nodes of the builder, which reads the table of operations',
  },
  {
    files: /^graph\/reference\/[\w-]+\.ts$/,
    reason: 'what an operation computes has the type that the interpreter of them all says',
  },
];

interface Import {
  readonly file: string;
  readonly target: string;
  readonly isOwn: boolean;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(source, join(entry.parentPath, entry.name)));
}

/** Tests, and what only tests import: `testing` imports everything, and nothing of the product imports it. */
const isTest = (file: string): boolean => /\.test\.tsx?$|^testing\//.test(file);

function importsOf(file: string): Import[] {
  const text = readFileSync(join(source, file), 'utf8');
  const specifiers = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);
  return specifiers.map((specifier) => ({
    file,
    isOwn: specifier.startsWith('.'),
    target: specifier.startsWith('.') ? relative(source, resolve(source, dirname(file), specifier)) : specifier,
  }));
}

const imports = sourceFiles(source)
  .filter((file) => !isTest(file))
  .flatMap(importsOf);

/** The error that crosses every layer, with its words, the look at expressions from outside, and how a share is written. */
const isErrors = (file: string): boolean => /^(errors(-of-[a-z]+)?|regex-risk|percent)\.ts$/.test(file);

function breaksFolderRule({ file, target, isOwn }: Import): boolean {
  const from = file.split('/')[0]!;
  const to = target.split('/')[0]!;
  if (!isOwn || from === to || isErrors(to) || isErrors(file)) return false;
  // A README says the verdict in the page's words.
  if (from === 'worker' && target === 'ui/text/en-verdict.ts') return false;
  // What the page words the command line words alike.
  if (from === 'cli' && /^ui\/text\/en(-[\w-]+)?\.ts$/.test(target)) return false;
  if (mayImportAll.includes(from)) return to === 'ui' || to === 'testing';
  return !(allowed[from] ?? []).some((entry) => to === entry || target === `${entry}.ts`);
}

/** Where a file of training stands in their order. */
const trainingPlace = (file: string): number => trainingOrder.indexOf(file.split('/')[1]!);

/** Files that import each other, straight or by way of others: each circle once, its files in order. */
function circles(): string[][] {
  const targets = new Map<string, Set<string>>();
  for (const { file, target, isOwn } of imports)
    if (isOwn) targets.set(file, (targets.get(file) ?? new Set()).add(target));
  const reached = new Map([...targets.keys()].map((file) => [file, reachedFrom(file, targets)]));
  const found = [...reached].flatMap(([file, all]) =>
    all.has(file) ? [[...all].filter((other) => reached.get(other)?.has(file)).sort()] : [],
  );
  return [...new Map(found.map((circle) => [circle.join(), circle])).values()];
}

function reachedFrom(file: string, targets: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const reached = new Set<string>();
  const open = [file];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const target of targets.get(next) ?? []) {
      if (!reached.has(target)) open.push(target);
      reached.add(target);
    }
  }
  return reached;
}

describe('the folders of src', () => {
  it('import only what the design lets them', () => {
    expect(imports.filter(breaksFolderRule)).toEqual([]);
  });

  it('of training import no folder after their own', () => {
    const inside = imports.filter((each) => [each.file, each.target].every((path) => path.startsWith('training/')));
    expect(inside.filter(({ file }) => trainingPlace(file) < 0)).toEqual([]);
    expect(inside.filter(({ file, target }) => trainingPlace(target) > trainingPlace(file))).toEqual([]);
  });

  it('have no circle of files but an interface and its table', () => {
    const isAllowed = (circle: readonly string[]) =>
      interfaceBesideRegistry.some(({ files }) => circle.every((file) => files.test(file)));
    expect(circles().filter((circle) => !isAllowed(circle))).toEqual([]);
    expect(circles()).toHaveLength(interfaceBesideRegistry.length);
  });

  it('leave each replaceable library to the folder that owns it', () => {
    const broken = imports.filter(({ file, target }) =>
      owners.some(([library, owner]) => library.test(target) && !owner.test(file)),
    );
    expect(broken).toEqual([]);
  });

  it('are all known to the rules', () => {
    const folders = new Set(sourceFiles(source).map((file) => file.split('/')[0]!));
    const known = new Set([...Object.keys(allowed), ...mayImportAll, 'testing', 'imports.test.ts']);
    expect([...folders].filter((folder) => !known.has(folder) && !isErrors(folder))).toEqual([]);
  });

  it('have no barrels: no file only passes on what others export', () => {
    const barrels = sourceFiles(source).filter((file) => {
      const text = readFileSync(join(source, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      const statements = text.split(';').map((statement) => statement.trim());
      return (
        statements.filter(Boolean).length > 0 &&
        statements
          .filter(Boolean)
          .every((statement) => /^export (type )?(\*( as \w+)?|\{[^}]*\}) from /.test(statement))
      );
    });
    expect(barrels).toEqual([]);
  });
});
