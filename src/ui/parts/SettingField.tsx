import { Select, Switch, TextInput } from '@mantine/core';
import { type RunConfig, type SectionName, type Setting, settings } from '../../training/config/run-config.ts';
import { useCommands, useStudio, useWords } from '../context.tsx';
import type { Messages } from '../text/en.ts';
import { Explain } from './Explain.tsx';
import { ListField, modules, names, pairs } from './ListField.tsx';
import { NumberField } from './NumberField.tsx';
import styles from './parts.module.css';
import { SettingNotes } from './SettingNotes.tsx';

type SettingWords = keyof Messages['settings'];

interface Props<S extends SectionName> {
  readonly section: S;
  readonly name: SettingWords & keyof RunConfig[S] & string;
  /** For a choice: what is offered, where that is not all that this version carries out. */
  readonly choices?: readonly string[];
  /** What the value comes to, such as a number of rows. */
  readonly resolved?: string;
}

/** The field of one key of the run config, with a button that explains it. */
export function SettingField<S extends SectionName>(props: Props<S>) {
  const words = useWords();
  const { section, name } = props;
  const setting = (settings[section] as unknown as Record<string, Setting<unknown>>)[name]!;
  return (
    <div className={styles.field}>
      <Input {...props} setting={setting} />
      <Explain path={`${section}.${name}`} label={words.settings[name].label} setting={setting} />
      <SettingNotes path={`${section}.${name}`} />
    </div>
  );
}

/** Its kind, bounds and choices come from the table of settings. */
function Input<S extends SectionName>({
  section,
  name,
  choices,
  resolved,
  setting,
}: Props<S> & { setting: Setting<unknown> }) {
  const words = useWords();
  const { set } = useCommands();
  const value = useStudio((state) => (state.config[section] as Record<string, unknown>)[name]);
  const { label, hint } = words.settings[name];
  const change = (next: unknown) => set(section, name, next as never);
  const description = resolved ? (
    <>
      {hint}
      <span className={styles.resolved}>→ {resolved}</span>
    </>
  ) : (
    hint
  );
  const common = { label, description, 'data-testid': `setting-${name}` };
  if (setting.kind === 'switch') {
    return (
      <Switch
        {...common}
        color="trained.6"
        checked={value as boolean}
        onChange={(event) => change(event.currentTarget.checked)}
      />
    );
  }
  if (setting.kind === 'choice') {
    const data = (choices ?? setting.choices ?? []).map((each) => ({
      value: each,
      label: words.choices[each] ?? each,
    }));
    return (
      <Select
        {...common}
        data={data}
        value={value as string}
        onChange={(next) => next && change(next)}
        allowDeselect={false}
      />
    );
  }
  if (setting.kind === 'number') {
    return (
      <NumberField
        {...common}
        field={`${section}.${name}`}
        setting={setting}
        value={value as number}
        onChange={change}
      />
    );
  }
  const list = { ...common, field: `${section}.${name}`, problem: words.layers.pairs, onChange: change };
  if (setting.kind === 'names') return <ListField {...list} spelling={names} value={value as string[]} />;
  if (setting.kind === 'modules') return <ListField {...list} spelling={modules} value={value as string[]} />;
  if (setting.kind === 'other') return <ListField {...list} spelling={pairs} value={value as Record<string, number>} />;
  return <TextInput {...common} value={value as string} onChange={(event) => change(event.currentTarget.value)} />;
}
