import { readTables } from '../../data/read-table.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import { dataSummary } from './data-summary.ts';
import { loadTable } from './load-table.ts';
import type { OpenedTable } from './opened-table.ts';
import { hubParts } from './table-files.ts';

/** Opening tables. The one that was open stays so until the new one is there. */
export function dataHandlers(workshop: Workshop): Pick<Handlers, 'openData' | 'readAgain' | 'listDataset'> {
  return {
    async openData({ source, use, encoding = '' }) {
      const opened = await loadTable(workshop, source, encoding);
      if (use === 'validation') workshop.validation = opened;
      else workshop.table = opened;
      return await dataSummary(opened, encoding);
    },
    async readAgain({ encoding }) {
      const again = async (opened: OpenedTable | null) =>
        opened && { ...opened, table: await readTables(opened.blobs, { fileName: opened.name, encoding }) };
      const [table, validation] = [await again(workshop.requireTable()), await again(workshop.validation)];
      [workshop.table, workshop.validation] = [table, validation];
      return {
        table: await dataSummary(table!, encoding),
        validation: validation && (await dataSummary(validation, encoding)),
      };
    },
    async listDataset({ id, revision, ...place }) {
      return { parts: await hubParts(id, revision, place, await workshop.storage()) };
    },
  };
}
