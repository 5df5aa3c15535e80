import type { TableBuilder } from './table.ts';

const comment = /^#\s.*=/;
const tag = /^(?:O|[BIESLU]-\S+)$/;

const columnsOf = (line: string): string[] => line.split(/\s+/).filter((part) => part !== '');

/** Whether a text without an ending of its own is such a file: each line ends with a tag such as O or B-PER. */
export function looksLikeConll(text: string): boolean {
  const lines = text.split('\n').slice(0, -1).map(columnsOf);
  const words = lines.filter(([first]) => first !== undefined && first !== '-DOCSTART-' && first !== '#');
  const ends = words.map((parts) => (parts.length > 1 ? parts.at(-1)! : ''));
  return ends.length > 1 && ends.every((end) => tag.test(end)) && ends.some((end) => end.startsWith('B-'));
}

/**
 * Reads CoNLL files: a word a line with its tags behind it, between spaces or tabs; an empty line ends a sentence. The
 * first column is the word and the last one its tag, as in those of the shared tasks of 2002 and 2003 and of WNUT; lines
 * between documents (`-DOCSTART-`) and comments (`# key = value`) are left out. A sentence is a row, counted by its first
 * line, with its words and tags as JSON lists.
 */
export async function readConll(lines: AsyncIterable<string>, builder: TableBuilder): Promise<void> {
  const places = builder.places(['tokens', 'tags']);
  let [words, tags]: [string[], string[]] = [[], []];
  let [first, number] = [0, 0];
  const end = () => {
    if (words.length > 0) builder.add(first, [JSON.stringify(words), JSON.stringify(tags)], places);
    [words, tags] = [[], []];
  };
  for await (const line of lines) {
    number++;
    const parts = columnsOf(line);
    if (parts.length === 0) end();
    else if (parts.length > 1 && parts[0] !== '-DOCSTART-' && !comment.test(line)) {
      if (words.length === 0) first = number;
      words.push(parts[0]!);
      tags.push(parts.at(-1)!);
    }
  }
  end();
}
