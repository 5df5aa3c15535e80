import { expect, test } from 'vitest';
import { AppError } from '../../errors.ts';
import { preflight } from '../../ui/checks.ts';
import { createStudioStore } from '../../ui/store.ts';
import type { OpenedModel } from '../models/opened-model.ts';
import { materialOf } from './material.ts';
import type { OpenedTable } from './opened-table.ts';

test('a model for pictures over an open table says that pictures are wanted, and where', () => {
  const opened = { tokenizer: null, open: { model: { modelType: 'resnet18' } } } as unknown as OpenedModel;
  const table = { name: 'data.csv', blobs: [], table: { columns: ['a'], rows: [] } } as unknown as OpenedTable;
  const refused = () => materialOf(opened, { table, validation: null });
  expect(refused).toThrow(expect.objectContaining({ code: 'pictures-wanted', params: { modelType: 'resnet18' } }));
  expect(refused).toThrow('Load images in the Data step');
});

test('what is wanted of the data is told by the data check, not as a wrong setting', () => {
  const store = createStudioStore();
  const state = store.getState();
  const opened = { value: { reads: {}, parameters: [] }, pending: false, error: null } as never;
  const problem = { code: 'pictures-wanted', params: { modelType: 'resnet18' } } as const;
  const dataPreview = { ...state.dataPreview, value: { problem }, error: new AppError(problem.code, problem.params) };
  const checks = preflight({ ...state, model: opened, data: opened, dataPreview } as never);
  expect(checks.find(({ id }) => id === 'dataFit')).toMatchObject({ ok: false, step: 'data' });
  expect(checks.find(({ id }) => id === 'settings')).toMatchObject({ ok: true });
});
