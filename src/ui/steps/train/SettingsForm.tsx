import { SegmentedControl } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { memo, startTransition, useEffect, useState } from 'react';
import type { RunConfig } from '../../../training/config/run-config.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { FoldButton } from '../../parts/buttons.tsx';
import parts from '../../parts/parts.module.css';
import { Section } from '../../parts/Section.tsx';
import { SettingField } from '../../parts/SettingField.tsx';
import type { Studio } from '../../store.ts';
import { taskFacts } from '../../tasks/facts.ts';
import { useFormat } from '../../use-format.ts';
import { ConfigFile } from './ConfigFile.tsx';
import { type Field, type FieldGroup, fieldGroups, isShown } from './field-groups.ts';
import { OwnTexts } from './OwnTexts.tsx';
import { Recipes } from './Recipes.tsx';
import { resolved } from './resolved.ts';
import { ScheduleDrawn } from './ScheduleDrawn.tsx';
import { StartBar } from './StartBar.tsx';
import { SweepForm } from './sweep/SweepForm.tsx';
import styles from './train.module.css';
import { WarmupField } from './WarmupField.tsx';

/** The recipes; the levers that matter most; the rest in a fold; Start, always in sight. */
export function SettingsForm() {
  const words = useWords();
  const bySteps = useStudio((state) => state.config.training.max_steps > 0);
  const usesLora = useStudio(
    (state) => state.config.tuning.method === 'lora' && (state.tuning.value?.adapterModules.length ?? 0) > 0,
  );
  const readsText = useStudio((state) => taskFacts(state.config.dataset).readsText);
  const levers: readonly Field[] = [
    { section: 'training', name: bySteps ? 'max_steps' : 'epochs' },
    { section: 'training', name: 'learning_rate' },
    { section: 'training', name: 'batch_size' },
    ...(readsText ? [{ section: 'tokenizer', name: 'max_length' } as const] : []),
    ...(usesLora ? [{ section: 'tuning', name: 'lora_r' } as const] : []),
  ];
  return (
    <>
      <Recipes />
      <Section title={words.train.simple} note={<ConfigFile />}>
        <DurationKind bySteps={bySteps} />
        <Fields fields={levers} />
        <ScheduleDrawn />
        <Advanced />
      </Section>
      <SweepForm />
      <StartBar />
    </>
  );
}

/** The rest of the settings, folded. */
function Advanced() {
  const words = useWords();
  const [more, { toggle }] = useDisclosure(false);
  // What was typed stays while it is folded; before it is opened there is nothing to draw.
  const [opened, setOpened] = useState(false);
  if (more && !opened) setOpened(true);
  return (
    <>
      <div className={parts.foldLine}>
        <FoldButton open={more} onClick={toggle} testId="more-settings">
          {words.train.advanced}
        </FoldButton>
      </div>
      <div hidden={!more}>{opened && <MoreSettings />}</div>
    </>
  );
}

/** Whether epochs or steps say how long the run is: the one that does nothing is not shown. */
function DurationKind({ bySteps }: { bySteps: boolean }) {
  const words = useWords();
  const { set } = useCommands();
  const totalSteps = useStudio((state) => state.dataPreview.value?.totalSteps || 100);
  return (
    <div className={parts.row} style={{ marginBottom: 16 }}>
      {words.train.duration}
      <SegmentedControl
        size="xs"
        aria-label={words.train.duration}
        value={bySteps ? 'steps' : 'epochs'}
        onChange={(value) => set('training', 'max_steps', value === 'steps' ? totalSteps : 0)}
        data={[
          { value: 'epochs', label: words.train.byEpochs },
          { value: 'steps', label: words.train.bySteps },
        ]}
      />
    </div>
  );
}

/** Group by group, in slices: the whole at once would hold up a slow phone. */
function MoreSettings() {
  const [drawn, setDrawn] = useState(0);
  useEffect(() => {
    if (drawn > fieldGroups.length) return;
    // A task of its own: transitions that wait are drawn together.
    const next = setTimeout(() => startTransition(() => setDrawn(drawn + 1)));
    return () => clearTimeout(next);
  }, [drawn]);
  return (
    <>
      {fieldGroups.slice(0, drawn).map((group) => (
        <Group key={group.id} group={group} />
      ))}
      {drawn > fieldGroups.length && <OwnTexts />}
    </>
  );
}

const Group = memo(({ group: { id, fields } }: { group: FieldGroup }) => {
  const words = useWords();
  const state = useStudio(forFields);
  const shown = fields.filter((field) => isShown(field, state as Studio));
  if (shown.length === 0) return null;
  return (
    <section className={styles.group} aria-label={words.settingGroups[id]}>
      <h3>{words.settingGroups[id]}</h3>
      <Fields fields={shown} />
    </section>
  );
});

function Fields({ fields }: { fields: readonly Field[] }) {
  const words = useWords();
  const format = useFormat();
  const state = useStudio(forFields);
  const available = state.environment.value?.available ?? [];
  return (
    <div className={parts.fields}>
      {fields.map(({ section, name }) => {
        const text = resolved[name]?.(state as Studio, words, format);
        if (name === 'warmup_steps') return <WarmupField key={name} resolved={text} />;
        return (
          <SettingField
            key={`${section}.${name}`}
            section={section}
            name={name as never}
            {...(name === 'executor' ? { choices: ['auto', ...available] } : {})}
            {...(name === 'loss_function' ? { choices: lossesOf(state.config) } : {})}
            {...(text === undefined ? {} : { resolved: text })}
          />
        );
      })}
    </div>
  );
}

/** What may be chosen; a loss that came with a file is shown, too. */
const lossesOf = ({ dataset, training }: RunConfig) => [
  ...new Set([...taskFacts(dataset).losses, training.loss_function]),
];

/** What fields are chosen and worded by. */
const forFields = ({ config, tuning, dataPreview, environment }: Studio) => ({
  config,
  tuning,
  dataPreview,
  environment,
});
