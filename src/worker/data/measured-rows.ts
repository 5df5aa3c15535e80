import type { RecipeFacts } from '../../training/config/recipes.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import { createStage } from '../../training/config/stage.ts';
import { measuredSettings, measureRows } from '../../training/session/measure-rows.ts';
import type { OpenedModel } from '../models/opened-model.ts';
import type { Workshop } from '../workshop.ts';
import { materialOf } from './material.ts';
import type { OpenedTable } from './opened-table.ts';

/** What recipes follow from, of the open model and table; null while the rows cannot be read as the config asks. */
export function rowMeasurer(workshop: Workshop): (config: RunConfig) => RecipeFacts | null {
  const measured = createStage(
    measuredSettings,
    (config, opened: OpenedModel, table: OpenedTable): RecipeFacts | null => {
      try {
        return measureRows(config, materialOf(opened, { table, validation: null }), opened.open.model);
      } catch {
        // The preview of the rows says why.
        return null;
      }
    },
  );
  return (config) => measured(config, workshop.requireModel(), workshop.requireTable());
}
