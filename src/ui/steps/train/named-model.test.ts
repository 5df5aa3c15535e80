import { expect, test } from 'vitest';
import { defaultRunConfig } from '../../../training/config/run-config.ts';
import { namedModel } from './named-model.ts';

const named = (llm_backbone: string, revision = 'main') => ({ ...defaultRunConfig.model, llm_backbone, revision });
const hub = { kind: 'hub', id: 'Qwen/Qwen2.5-0.5B', revision: 'main', endpoint: '' } as const;
const folder = { kind: 'files', files: [{ path: 'my-model/config.json', blob: new Blob() }] } as const;

test('settings that name a model of the Hub offer it, unless it is open at that revision', () => {
  expect(namedModel(named('Qwen/Qwen2.5-0.5B'), null)).toEqual({ kind: 'hub', id: hub.id, revision: 'main' });
  expect(namedModel(named('Qwen/Qwen2.5-0.5B'), folder)).toMatchObject({ kind: 'hub' });
  expect(namedModel(named('Qwen/Qwen2.5-0.5B'), hub)).toBeNull();
  expect(namedModel(named('Qwen/Qwen2.5-0.5B', 'v2'), hub)).toMatchObject({ revision: 'v2' });
});

test('settings that name a path ask for the folder, unless one of that name is open', () => {
  for (const path of ['./my-model', '../models/my-model', '/home/me/my-model/', 'C:\\models\\my-model', 'my-model']) {
    expect(namedModel(named(path), hub)).toEqual({ kind: 'folder', path });
    expect(namedModel(named(path), folder)).toBeNull();
  }
  expect(namedModel(named('./model'), { kind: 'example' })).toBeNull();
  expect(namedModel(named(''), null)).toBeNull();
});
