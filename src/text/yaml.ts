import { because, type Reason } from '../errors.ts';

/** Brackets within brackets; the library takes time with the square of their depth. */
const mostLevels = 64;

/**
 * What a YAML text holds, in time that grows as its length does: the library alone takes for ever for some texts of a
 * kilobyte. A key is a text; two equal keys of one object are a fault.
 */
export async function parseYaml(text: string): Promise<{ readonly value: unknown } | { readonly fault: Reason }> {
  const { LineCounter, Lexer, isScalar, parseDocument, visit } = await import('yaml');
  let level = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === '{' || token === '[') level++;
    else if (token === '}' || token === ']') level--;
    if (level > mostLevels) return { fault: because`its brackets stand more than ${mostLevels} deep in one another` };
  }
  const lines = new LineCounter();
  try {
    // The library looks for equal keys by comparing each with all, and writes out a collection that is a key at each level.
    const document = parseDocument(text, {
      stringKeys: true,
      uniqueKeys: false,
      logLevel: 'error',
      lineCounter: lines,
    });
    const [error] = document.errors;
    if (error) return { fault: because`${firstLine(error)}` };
    let fault: Reason | null = null;
    visit(document, {
      Map(_, { items }) {
        const keys = new Set<unknown>();
        for (const { key } of items) {
          if (!isScalar(key)) continue;
          if (keys.has(key.value)) {
            const { line, col } = lines.linePos(key.range![0]);
            fault = because`the key ${JSON.stringify(key.value)} stands twice, again at ${because`line ${line}, column ${col}`}`;
            return visit.BREAK;
          }
          keys.add(key.value);
        }
        return undefined;
      },
    });
    return fault === null ? { value: document.toJS() } : { fault };
  } catch (cause) {
    return { fault: because`${firstLine(cause)}` };
  }
}

const firstLine = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!.replace(/[.:]$/, '');
