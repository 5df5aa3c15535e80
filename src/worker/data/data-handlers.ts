import { foundOut, readTables } from '../../data/read-table.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import { clipped, dataSummary } from './data-summary.ts';
import { forgetCopies, keepCopy } from './kept-tables.ts';
import { loadTable } from './load-table.ts';
import type { OpenedTable } from './opened-table.ts';
import { hubParts } from './table-files.ts';

type DataHandlers = Pick<Handlers, 'openData' | 'readAgain' | 'tableRow' | 'listDataset' | 'keepTable' | 'forgetSetup'>;

/** Opening tables. The one that was open stays so until the new one is there. */
export function dataHandlers(workshop: Workshop): DataHandlers {
  return {
    async openData({ source, use, reading = foundOut }) {
      const opened = await loadTable(workshop, source, reading);
      if (use === 'validation') workshop.validation = opened;
      else workshop.table = opened;
      return await dataSummary(opened, reading);
    },
    async readAgain({ reading }) {
      const again = async (opened: OpenedTable | null) =>
        opened && { ...opened, table: await readTables(opened.blobs, { fileName: opened.name, ...reading }) };
      const [table, validation] = [await again(workshop.requireTable()), await again(workshop.validation)];
      [workshop.table, workshop.validation] = [table, validation];
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
      Object.assign(workshop, { model: null, table: null, validation: null, adapter: null });
      await forgetCopies(await workshop.storage());
      return {};
    },
    async listDataset({ id, revision, ...place }) {
      return { parts: await hubParts(id, revision, place, await workshop.storage()) };
    },
  };
}
