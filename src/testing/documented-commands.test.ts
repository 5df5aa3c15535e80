/** Each command that a document names is there: the script, what it is given to run, and every option by its name. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;

const markdownIn = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const documents = [...markdownIn('.'), ...markdownIn('docs'), ...markdownIn('bench')];

const starts = /^(?:[A-Z_]+=\S+ )*(?:npx |npm |sh |node |interop\/\.venv\/bin\/python )/;

/** Commands in code: spans of a line, and lines of blocks. */
function commandsIn(text: string): string[] {
  const spans = [...text.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span!);
  const lines = [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block!.split('\n'));
  return [...spans, ...lines].map((line) => line.trim()).filter((line) => starts.test(line));
}

const commands = new Map(
  documents.flatMap((path) => commandsIn(read(path)).map((command) => [command, path] as const)),
);

/** A script, the files that it imports and the Python that it starts: an option may be read in one of them. */
function sourceOf(path: string, depth = 2): string {
  const text = read(path);
  if (depth === 0) return text;
  const imported = [...text.matchAll(/(?:from |import\()'(\.[^']+)'|'(\w+\.py)'/g)]
    .map(([, from, python]) => (python ? join('interop', python) : resolve('/', dirname(path), from!).slice(1)))
    .filter((from) => existsSync(join(root, from)));
  return [text, ...imported.map((from) => sourceOf(from, depth - 1))].join('\n');
}

/** The file that a command starts, what it is given, and what it says is missing of them. */
function problemsOf(command: string): string[] {
  const words = command.split(/\s+/).filter((word) => !/^[A-Z_]+=/.test(word));
  const [program, ...rest] = words;
  if (program === 'npm') {
    const [verb, name] = rest;
    const script = verb === 'run' ? name! : verb!;
    if (['ci', 'install', 'audit'].includes(script)) return [];
    const line = scripts[script];
    if (line === undefined) return [`package.json has no script ${script}`];
    const file = line.split(' ').findLast((word) => /\.[cm]?[jt]s$/.test(word) && !word.startsWith('node_modules'));
    return file === undefined ? [] : missing(file, rest);
  }
  if (program === 'npx' && rest[0] === 'vitest')
    return rest
      .filter((word) => word.startsWith('src/'))
      .filter((path) => !existsSync(join(root, path)) && !hasTestsNamed(path))
      .map((path) => `${path} is not there`);
  const file = program === 'npx' ? (rest[0] === 'tsx' ? rest[1] : undefined) : rest[0];
  if (file === undefined || !/[./]/.test(file)) return [];
  return missing(file.replace(/^FOLDER\//, ''), rest);
}

const hasTestsNamed = (path: string): boolean =>
  readdirSync(join(root, dirname(path))).some((name) => join(dirname(path), name).startsWith(path));

function missing(file: string, words: readonly string[]): string[] {
  if (!existsSync(join(root, file))) return [`${file} is not there`];
  const source = sourceOf(file);
  const options = words.filter((word) => /^\[?--[a-z]/.test(word)).map((word) => /--([a-z-]+)/.exec(word)![1]!);
  return options
    .filter((option) => !new RegExp(`--${option}\\b|['"]${option}['"]|[{,\\s]${option}: [{'"]`).test(source))
    .map((option) => `${file} knows no --${option}`);
}

describe('commands of the documents', () => {
  test('are many', () => expect(commands.size).toBeGreaterThan(60));

  test.each([...commands])('%s', (command) => expect(problemsOf(command)).toEqual([]));

  test.each([
    ['npm run nothing', 'package.json has no script nothing'],
    ['npx tsx bench/nothing.ts', 'bench/nothing.ts is not there'],
    ['npx tsx bench/plans.ts --frobnicate', 'bench/plans.ts knows no --frobnicate'],
    ['npx vitest run src/nothing', 'src/nothing is not there'],
  ])('are found wrong: %s', (command, problem) => expect(problemsOf(command)).toEqual([problem]));
});
