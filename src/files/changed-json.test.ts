import { expect, test } from 'vitest';
import { changedJson } from './changed-json.ts';

test('a changed config keeps its fractions as fractions, which transformers insists on', () => {
  const config = '{"softcap": 4.0, "eps": 1e-06, "layers": 2, "name": "v1.0 \\"5.0\\"", "rope": {"factor": 8.0}}';
  const text = changedJson(config, (json) => ({ ...json, tied: false }));
  expect(text).toContain('"softcap": 4.0,');
  expect(text).toContain('"eps": 1e-06,');
  expect(text).toContain('"factor": 8.0');
  expect(JSON.parse(text)).toEqual({ ...JSON.parse(config), tied: false });
});
