import type { Tags } from 'yaml';
import { because, type Reason } from '../errors.ts';

/** Levels in one another; the library takes time with the square of their depth. */
const mostLevels = 64;

export interface YamlReading {
  /** Told of each value of a key that has a tag of its own, as `!function`; what it throws is thrown. */
  readonly ownTag?: (key: string, tag: string) => void;
}

/** YAML 1.1 has these beside what JSON holds; a date stays the text that it is. */
const leftOutTags = ['binary', 'omap', 'pairs', 'set', 'timestamp'].map((name) => `tag:yaml.org,2002:${name}`);

/**
 * What a YAML text holds as PyYAML reads it, which the programs that these files are written for take: a bare `no` is
 * false, `010` is 8, `<<` takes over the keys of another object. But `1e-4` is a number, and a date a text. In time that
 * grows as its length does: the library alone takes for ever for some texts of a kilobyte. A key is a text; two equal
 * keys of one object are a fault.
 */
export async function parseYaml(
  text: string,
  { ownTag }: YamlReading = {},
): Promise<{ readonly value: unknown } | { readonly fault: Reason }> {
  const { LineCounter, Lexer, isNode, isScalar, parseDocument, visit } = await import('yaml');
  let level = 0;
  /** Lists and keys that begin in one line, each within the one before. */
  let begun = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === '{' || token === '[') level++;
    else if (token === '}' || token === ']') level--;
    else if (token === '-' || token === '?') begun++;
    else if (token === '\n') begun = 0;
    if (level > mostLevels || begun > mostLevels)
      return { fault: because`it is nested more than ${mostLevels} levels deep` };
  }
  const lines = new LineCounter();
  // The library looks for equal keys by comparing each with all, and writes out a collection that is a key at each level.
  const document = attempt(() =>
    parseDocument(text, {
      // Each error would be written out with the text around it.
      ...{ stringKeys: true, uniqueKeys: false, logLevel: 'error', lineCounter: lines, prettyErrors: false },
      ...{ version: '1.1', merge: true, customTags: pythonTags },
    }),
  );
  if ('fault' in document) return document;
  const [error] = document.value.errors;
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    return { fault: because`${because`line ${line}, column ${col}`}: ${firstLine(error)}` };
  }
  let fault: Reason | null = null;
  visit(document.value, {
    Map(_, { items }) {
      const keys = new Set<unknown>();
      for (const { key, value } of items) {
        if (!isScalar(key)) continue;
        const tag = (isNode(value) && value.tag) || '';
        if (tag.startsWith('!')) ownTag?.(String(key.value), tag);
        if (keys.has(key.value) && key.value !== '<<') {
          const { line, col } = lines.linePos(key.range![0]);
          fault = because`the key ${JSON.stringify(key.value)} stands twice, again at ${because`line ${line}, column ${col}`}`;
          return visit.BREAK;
        }
        keys.add(key.value);
      }
      return undefined;
    },
  });
  return fault === null ? attempt(() => document.value.toJS()) : { fault };
}

/** Of YAML 1.1's tags those that are read. Unlike it PyYAML takes `y` and `n` for texts. */
const pythonTags = (tags: Tags): Tags =>
  tags
    .filter((tag) => typeof tag === 'string' || !leftOutTags.includes(tag.tag))
    .map((tag) => {
      if (typeof tag === 'string' || tag.collection || tag.tag !== 'tag:yaml.org,2002:bool') return tag;
      return { ...tag, test: new RegExp(`(?!^[YyNn]$)${tag.test!.source}`) };
    });

/** What the library throws: aliases of too much, or too deep a nest. */
function attempt<T>(work: () => T): { readonly value: T } | { readonly fault: Reason } {
  try {
    return { value: work() };
  } catch (cause) {
    return { fault: because`${firstLine(cause)}` };
  }
}

/** What a parser says is wrong, without the text around the place. */
export const firstLine = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!.replace(/[.:]$/, '');
