import { expect, test } from 'vitest';
import { runConfigDocument } from './run-config-document.ts';

test('docs/run-config.md says what the schema says', async () => {
  await expect(runConfigDocument()).toMatchFileSnapshot('../../../docs/run-config.md');
});
