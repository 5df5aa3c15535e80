import { lostBeside } from '../../data/beside-text.ts';
import { columnFacts } from '../../data/column-facts.ts';
import type { TableRows } from '../../data/columns.ts';
import type { RowFinding } from '../findings.ts';

/** Columns that are left aside where one is learned as plain text: they may be what the text should be answered with. */
export function unreadColumns(training: TableRows, column: string): RowFinding[] {
  const columns = lostBeside(columnFacts(training), column).join(', ');
  return columns === '' ? [] : [{ code: 'columns-unread', params: { column, columns }, blocks: false }];
}
