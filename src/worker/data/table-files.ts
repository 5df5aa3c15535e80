import { directoryCache } from '../../files/cache.ts';
import { type Directory, subdirectory } from '../../files/directory.ts';
import { type DatasetPart, downloadDatasetPart, listDatasetParts } from '../../files/hub-datasets.ts';
import { turnsOfTabs } from '../../files/turns.ts';
import { exampleTableBytes } from '../example.ts';
import type { HubPlace } from '../models/messages.ts';
import type { Workshop } from '../workshop.ts';
import type { DataSource } from './messages.ts';
import type { OpenedTable } from './opened-table.ts';

const dataCache = (storage: Directory) => directoryCache(subdirectory(storage, 'datasets'), turnsOfTabs());

/** Configurations and splits of a data set. */
export async function hubParts(
  workshop: Workshop,
  id: string,
  revision: string,
  place: HubPlace,
): Promise<readonly DatasetPart[]> {
  return listDatasetParts(id, revision, workshop.hub.access(place, 'data'), dataCache(await workshop.storage()));
}

/** The files of a split, downloaded into the browser's storage. */
export async function hubTable(
  workshop: Workshop,
  { id, part, ...place }: Extract<DataSource, { kind: 'hub' }>,
  onProgress: (done: number, total: number) => void,
): Promise<Pick<OpenedTable, 'name' | 'blobs'>> {
  const blobs = await downloadDatasetPart(
    id,
    part,
    workshop.hub.access(place, 'data'),
    dataCache(await workshop.storage()),
    onProgress,
  );
  const ending = part.files[0]!.slice(part.files[0]!.lastIndexOf('.'));
  return { name: `${id} ${part.config} ${part.split}${ending}`, blobs };
}

export async function exampleTable(): Promise<{ name: string; blob: Blob }> {
  return { name: 'data.csv', blob: new Blob([await exampleTableBytes()]) };
}
