import { describe, expect, test } from 'vitest';
import type { ParameterRow, ParameterState } from '../worker/protocol.ts';
import { applyTicks } from './ticks.ts';
import { buildTree, rateOf, rootId, stateOf, type TreeNode, tickOf, visibleIds } from './tree-model.ts';

const row = (name: string, role: ParameterRow['role'], shape: number[]): ParameterRow => ({
  name,
  role,
  shape,
  module: name.slice(0, name.lastIndexOf('.')),
  size: shape.reduce((product, size) => product * size, 1),
  layer: null,
});

const parameters = [
  row('model.embed_tokens.weight', 'embedding', [100, 32]),
  row('model.layers.0.self_attn.q_proj.weight', 'linear', [32, 32]),
  row('model.layers.0.self_attn.q_proj.bias', 'bias', [32]),
  row('model.layers.0.input_layernorm.weight', 'norm', [32]),
  row('model.layers.1.self_attn.q_proj.weight', 'linear', [32, 32]),
];
const frozen: ParameterState[] = parameters.map(() => 'frozen');

describe('the parameter tree', () => {
  const tree = buildTree(parameters);

  test('groups names by path and joins levels that hold one thing', () => {
    expect(tree.get(rootId)?.children).toEqual(['model']);
    expect(tree.get('model')?.children.map((id) => tree.get(id)?.label)).toEqual(['embed_tokens.weight', 'layers']);
    expect(tree.get('model.layers.0')?.children.map((id) => tree.get(id)?.label)).toEqual([
      'self_attn.q_proj',
      'input_layernorm.weight',
    ]);
    expect(tree.get('model.layers')?.size).toBe(32 * 32 * 2 + 32 + 32);
  });

  test('a box is on, off or in between as its parameters are', () => {
    const layers = tree.get('model.layers')!;
    const { states } = applyTicks(parameters, frozen, {
      names: new Set(['model.layers.0.self_attn.q_proj.weight']),
      state: 'adapter',
    });
    expect(tickOf(layers.adaptable, frozen, 'adapter')).toBe('off');
    expect(tickOf(layers.adaptable, states, 'adapter')).toBe('some');
    expect(stateOf(layers, states)).toBe('mixed');
    const all = applyTicks(parameters, states, {
      names: new Set(parameters.map(({ name }) => name)),
      state: 'adapter',
    });
    expect(tickOf(layers.adaptable, all.states, 'adapter')).toBe('on');
  });

  test('a group says the factor on the learning rate that all it learns share', () => {
    const [group, layer] = ['model', 'model.layers.0'].map((id) => tree.get(id)!) as [TreeNode, TreeNode];
    const states = parameters.map(({ name }) => (name.includes('layers') ? 'train' : 'frozen'));
    const rates = parameters.map(({ name }) => (name.includes('layers.0') ? 0.5 : 1));
    expect(rateOf(layer, states, rates)).toBe(0.5);
    expect(rateOf(group, states, rates)).toBeNull();
    expect(rateOf(group, frozen, rates)).toBeNull();
  });

  test('matches keep the groups that lead to them', () => {
    const ids = visibleIds(tree, parameters, new Set(['model.layers.1.self_attn.q_proj.weight']));
    expect([...ids].sort()).toEqual(['', 'model', 'model.layers', 'model.layers.1.self_attn.q_proj.weight'].sort());
  });
});

describe('ticks become run-config keys', () => {
  const all = new Set(parameters.map(({ name }) => name));

  test('LoRA goes to exact module paths, and only where it can go', () => {
    const { states, ticks } = applyTicks(parameters, frozen, { names: all, state: 'adapter' });
    expect(ticks.method).toBe('lora');
    expect(ticks.lora_target_modules).toEqual(['model.layers.0.self_attn.q_proj', 'model.layers.1.self_attn.q_proj']);
    expect(states[0]).toBe('frozen');
  });

  test('training whole tensors alone is the method "full"; nothing ticked trains nothing', () => {
    const train = applyTicks(parameters, frozen, { names: new Set([parameters[3]!.name]), state: 'train' });
    expect(train.ticks).toMatchObject({ method: 'full', train_parameters: [parameters[3]!.name] });
    const none = applyTicks(parameters, train.states, { names: all, state: 'frozen' });
    expect(none.ticks).toMatchObject({ method: 'lora', train_parameters: [], lora_target_modules: [] });
  });

  test('ticked modules get the adapter that was chosen', () => {
    const { ticks } = applyTicks(parameters, frozen, { names: all, state: 'adapter' }, 'ia3');
    expect(ticks.method).toBe('ia3');
  });

  test('"only these" freezes the rest', () => {
    const before = applyTicks(parameters, frozen, { names: all, state: 'train' }).states;
    const { states } = applyTicks(parameters, before, {
      names: new Set([parameters[1]!.name]),
      state: 'adapter',
      only: true,
    });
    expect(states).toEqual(['frozen', 'adapter', 'frozen', 'frozen', 'frozen']);
  });
});
