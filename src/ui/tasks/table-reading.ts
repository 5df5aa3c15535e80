/** How the text of the open table is read: it belongs to the file, and goes where its name goes. */
import type { RunConfig } from '../../training/config/run-config.ts';
import type { TableReading } from '../../worker/protocol.ts';

type Dataset = RunConfig['dataset'];

export const foundOut: TableReading = { encoding: '', delimiter: '' };

export const readingOf = ({ encoding, delimiter }: Dataset): TableReading => ({ encoding, delimiter });

/** Whether settings are for a file of that name. */
export const namesTable = ({ train_dataframe }: Dataset, name: string): boolean =>
  train_dataframe.slice(train_dataframe.lastIndexOf('/') + 1) === name;

export const isSameReading = (one: TableReading, other: TableReading): boolean =>
  one.encoding === other.encoding && one.delimiter === other.delimiter;

/** Settings from elsewhere for the table that is open: its name stays, and how it was read. */
export const withOpenTable = (dataset: Dataset, open: Dataset): Dataset => ({
  ...dataset,
  train_dataframe: open.train_dataframe,
  ...readingOf(open),
});
