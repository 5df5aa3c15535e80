import { Button, Collapse, SegmentedControl } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { blocking, preflight } from '../../checks.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ActionButton } from '../../parts/ActionButton.tsx';
import parts from '../../parts/parts.module.css';
import { Section } from '../../parts/Section.tsx';
import { SettingField } from '../../parts/SettingField.tsx';
import { useFormat } from '../../use-format.ts';
import { ConfigFile } from './ConfigFile.tsx';
import styles from './train.module.css';

/** The levers that matter most; the rest in a fold; Start. */
export function SettingsForm() {
  const words = useWords();
  const [more, { toggle }] = useDisclosure(false);
  const adapts = useStudio((state) => (state.tuning.value?.loraModules.length ?? 0) > 0);
  const usesLora = useStudio((state) => state.config.tuning.method === 'lora') && adapts;
  return (
    <>
      <Section title={words.train.simple} note={<ConfigFile />}>
        <DurationKind />
        <div className={parts.fields}>
          <Duration />
          <SettingField section="training" name="learning_rate" />
          <BatchFields />
          <SettingField section="tokenizer" name="max_length" />
          {usesLora && <SettingField section="tuning" name="lora_r" />}
        </div>
        <Button
          variant="subtle"
          size="compact-sm"
          mt="md"
          aria-expanded={more}
          onClick={toggle}
          data-testid="more-settings"
        >
          {more ? '−' : '+'} {words.train.advanced}
        </Button>
        <Collapse expanded={more}>
          <MoreSettings adapts={adapts} usesLora={usesLora} />
        </Collapse>
      </Section>
      <StartButton />
    </>
  );
}

/** Whether epochs or steps say how long the run is. */
function DurationKind() {
  const words = useWords();
  const { set } = useCommands();
  const bySteps = useStudio((state) => state.config.training.max_steps > 0);
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

/** Epochs or steps: the one that does nothing is not shown. */
function Duration() {
  const words = useWords();
  const format = useFormat();
  const bySteps = useStudio((state) => state.config.training.max_steps > 0);
  const preview = useStudio((state) => state.dataPreview.value);
  const resolved = preview
    ? { resolved: words.train.resolvedSteps(format.count(preview.totalSteps), format.count(preview.stepsPerEpoch)) }
    : {};
  return bySteps ? (
    <SettingField key="steps" section="training" name="max_steps" {...resolved} />
  ) : (
    <SettingField key="epochs" section="training" name="epochs" {...resolved} />
  );
}

function BatchFields() {
  const words = useWords();
  const format = useFormat();
  const { batch_size, grad_accumulation } = useStudio((state) => state.config.training);
  return (
    <SettingField
      section="training"
      name="batch_size"
      resolved={words.train.resolvedTokens(format.count(batch_size * grad_accumulation))}
    />
  );
}

function MoreSettings({ adapts, usesLora }: { adapts: boolean; usesLora: boolean }) {
  const quantises = useStudio((state) => state.config.model.weights !== 'as-published');
  const available = useStudio((state) => state.environment.value?.available ?? []);
  const validates = useStudio((state) => state.config.dataset.validation_strategy !== 'none');
  return (
    <div className={parts.fields} style={{ paddingTop: 16 }}>
      <SettingField section="training" name="grad_accumulation" />
      {(adapts || quantises) && <SettingField section="model" name="weights" />}
      <PackingField />
      <SettingField section="training" name="schedule" />
      <SettingField section="training" name="warmup_steps" />
      <SettingField section="training" name="weight_decay" />
      <SettingField section="training" name="gradient_clip" />
      <SettingField section="training" name="optimizer" choices={['AdamW']} />
      {usesLora && <SettingField section="tuning" name="lora_alpha" />}
      {usesLora && <SettingField section="tuning" name="lora_dropout" />}
      {validates && <SettingField section="training" name="evaluation_epochs" />}
      <SettingField section="environment" name="seed" />
      <SettingField section="environment" name="executor" choices={['auto', ...available]} />
      <SettingField section="environment" name="experiment_name" />
      <SettingField section="dataset" name="mask_prompt_labels" />
      <SettingField section="dataset" name="add_eos_token_to_answer" />
    </div>
  );
}

/** What packing comes to: how full the batches are. */
function PackingField() {
  const words = useWords();
  const format = useFormat();
  const preview = useStudio((state) => state.dataPreview.value);
  const resolved = preview?.batchLength
    ? { resolved: words.data.filled(format.percent(preview.fillRatio), format.count(preview.batchLength)) }
    : {};
  return <SettingField section="tokenizer" name="packing" {...resolved} />;
}

function StartButton() {
  const words = useWords();
  const { start } = useCommands();
  const reasons = useStudio((state) => blocking(preflight(state)).map(({ id }) => words.checks[id].missing));
  const missing = reasons.length > 0 ? words.train.blocked(reasons.join(' · ')) : null;
  return (
    <div className={styles.start}>
      <ActionButton size="md" color="trained.7" missing={missing} onClick={() => void start()} testId="start">
        {words.train.start}
      </ActionButton>
    </div>
  );
}
