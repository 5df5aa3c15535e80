import { foundOut } from '../../data/read-table.ts';
import { readTableApart } from '../reading/read-table-apart.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import { clipped, dataSummary } from './data-summary.ts';
import { forgetCopies, keepCopy } from './kept-tables.ts';
import { loadTable } from './load-table.ts';
import type { OpenedTable } from './opened-table.ts';
import { hubParts } from './table-files.ts';

type DataHandlers = Pick<Handlers, 'openData' | 'readAgain' | 'tableRow' | 'listDataset' | 'keepTable' | 'forgetSetup'>;

/** Opening tables. The one that was open stays so until the new one is there; of two on their way the later counts. */
export function dataHandlers(workshop: Workshop): DataHandlers {
  const asked: Record<'table' | 'validation' | 'again', object | null> = { table: null, validation: null, again: null };
  return {
    async openData({ source, use, reading = foundOut }) {
      const place = use ?? 'table';
      asked[place] = source;
      const opened = await loadTable(workshop, source, reading);
      if (asked[place] === source) workshop[place] = opened;
      return await dataSummary(opened, reading);
    },
    async readAgain(request) {
      const { reading } = request;
      asked.again = request;
      const before = { table: workshop.requireTable(), validation: workshop.validation };
      const again = async (opened: OpenedTable | null) =>
        opened && { ...opened, table: await readTableApart(opened.blobs, opened.name, reading) };
      const [table, validation] = [await again(before.table), await again(before.validation)];
      // What was opened meanwhile was not read again.
      const isLast = asked.again === request;
      if (isLast && workshop.table === before.table) workshop.table = table;
      if (isLast && workshop.validation === before.validation) workshop.validation = validation;
      return {
        table: await dataSummary(table!, reading),
        validation: validation && (await dataSummary(validation, reading)),
      };
    },
    async tableRow({ number, validation }) {
      const opened = validation ? workshop.validation : workshop.requireTable();
      const place = opened?.table.rowNumbers.indexOf(number) ?? -1;
      return { cells: opened?.table.rows[place]?.map(clipped) ?? null };
    },
    async keepTable({ use }) {
      const opened = workshop[use];
      return { id: opened && (await keepCopy(await workshop.storage(), opened)) };
    },
    async forgetSetup() {
      workshop.download?.abort();
      Object.assign(workshop, { model: null, table: null, validation: null, adapter: null, download: null });
      Object.assign(asked, { table: null, validation: null, again: null });
      await forgetCopies(await workshop.storage());
      return {};
    },
    async listDataset({ id, revision, ...place }) {
      return { parts: await hubParts(workshop, id, revision, place) };
    },
  };
}
