import { describe, expect, it } from 'vitest';
import { defaultRunConfig, type RunConfig } from '../../training/config/run-config.ts';
import { roleOf, withRole } from './column-roles.ts';
import { type ColumnRole, taskFacts } from './facts.ts';

const dataset: RunConfig['dataset'] = {
  ...defaultRunConfig.dataset,
  prompt_column: ['q', 'extra'],
  answer_column: 'a',
  system_column: 's',
  id_column: 'id',
};
const rolesOf = (columns: readonly string[], of: RunConfig['dataset']) => columns.map((column) => roleOf(column, of));
const columns = ['id', 's', 'q', 'extra', 'a', 'm'];

describe('columns', () => {
  it('show what they are used for', () => {
    expect(rolesOf(columns, dataset)).toEqual(['id', 'system', 'prompt', 'prompt', 'answer', 'none']);
    const chat = { ...dataset, messages_column: 'm' };
    expect(rolesOf(columns, chat)).toEqual(['id', 'system', 'none', 'none', 'none', 'messages']);
    const text = { ...dataset, problem_type: 'text' as const };
    expect(rolesOf(columns, text)).toEqual(['none', 'none', 'none', 'none', 'answer', 'none']);
    expect(taskFacts(text).roles).toEqual(['none', 'answer']);
  });

  it('take a role from the column that had it, and leave their own', () => {
    const changed = (column: string, role: ColumnRole) => ({ ...dataset, ...withRole(column, role, dataset) });
    expect(rolesOf(columns, changed('m', 'answer'))).toEqual(['id', 'system', 'prompt', 'prompt', 'none', 'answer']);
    expect(rolesOf(columns, changed('s', 'none'))).toEqual(['id', 'none', 'prompt', 'prompt', 'answer', 'none']);
    expect(changed('a', 'prompt')).toMatchObject({ prompt_column: ['q', 'extra', 'a'], answer_column: '' });
    expect(changed('q', 'prompt').prompt_column).toEqual(['extra', 'q']);
  });

  it('of whole conversations give way to a question or an answer, whose names are kept meanwhile', () => {
    const chat = { ...dataset, ...withRole('m', 'messages', dataset) };
    expect(chat).toMatchObject({ messages_column: 'm', prompt_column: ['q', 'extra'], answer_column: 'a' });
    expect({ ...chat, ...withRole('q', 'prompt', chat) }.messages_column).toBe('');
  });
});
