import { recogniseColumns } from '../../data/columns.ts';
import { bestDelimiter, delimiterFits } from '../../data/detect-delimiter.ts';
import { encodingPreviews } from '../../data/detect-encoding.ts';
import { beginningOf } from '../../data/encoding.ts';
import { madeCount } from '../../data/made-rows.ts';
import type { TableReading } from '../../data/read-table.ts';
import { guessTable } from '../../tasks/guess.ts';
import type { DataSummary } from './messages.ts';
import type { OpenedTable } from './opened-table.ts';
import { pictureFacts } from './pictures.ts';

const shownRows = 20;

/** Characters of a cell that the page shows. */
const shownCharacters = 1000;

export const clipped = (cell: string): string =>
  cell.length > shownCharacters ? `${cell.slice(0, shownCharacters)}…` : cell;

/** What the page shows of a table. @param reading how it was to be read */
export async function dataSummary(
  { name, blobs, table, pictures }: OpenedTable,
  { encoding }: TableReading,
): Promise<DataSummary> {
  const hasCells = table.encoding !== '' && (table.format === 'csv' || table.format === 'text');
  const delimiters = hasCells ? delimiterFits(await beginningOf(blobs[0]!, table.encoding)) : [];
  const others = delimiters.filter(({ delimiter }) => delimiter !== table.delimiter);
  const mayDiffer = table.encodingGuessed || encoding !== '';
  return {
    name,
    columns: table.columns,
    rowCount: table.rows.length,
    firstRows: table.rows.slice(0, shownRows).map((cells) => cells.map(clipped)),
    recognised: recogniseColumns(table.columns, table.rows),
    guess: guessTable(table),
    format: table.format,
    delimiter: table.delimiter,
    delimiters,
    otherDelimiter: bestDelimiter(others)?.delimiter ?? '',
    encoding: table.encoding,
    encodingGuessed: table.encodingGuessed,
    encodings: table.encoding !== '' && mayDiffer ? await encodingPreviews(blobs[0]!, table.encoding) : [],
    problems: table.problems,
    made: madeCount(table),
    pictures: pictures ? await pictureFacts(pictures) : null,
  };
}
