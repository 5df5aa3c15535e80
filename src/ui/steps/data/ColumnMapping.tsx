import { Select, TextInput } from '@mantine/core';
import type { RunConfig } from '../../../training/config/run-config.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import parts from '../../parts/parts.module.css';
import { Section } from '../../parts/Section.tsx';
import { SettingField } from '../../parts/SettingField.tsx';
import { type ProblemType, tableProblems, taskFacts } from '../../tasks/facts.ts';

const templates = ['chat', 'alpaca', 'h2o', 'custom'] as const;

/** What is learned from a row, and how its columns become one text. */
export function ColumnMapping() {
  const words = useWords();
  const { set } = useCommands();
  const dataset = useStudio((state) => state.config.dataset);
  const inUse = useStudio((state) => state.dataPreview.value?.template ?? null);
  const { hasTemplate, hasClasses } = taskFacts(dataset);
  const { setProblemType } = useCommands();
  return (
    <Section title={words.data.mapping}>
      <div className={parts.fields}>
        <Select
          label={words.data.problemType}
          description={words.labels.problemTypeHint[dataset.problem_type] ?? ' '}
          data={[...new Set([...tableProblems, dataset.problem_type])].map((value) => ({
            value,
            label: words.labels.problemTypes[value]!,
          }))}
          value={dataset.problem_type}
          onChange={(value) => value && setProblemType(value as ProblemType)}
          allowDeselect={false}
          data-testid="problem-type"
        />
        {hasTemplate && (
          <Select
            label={words.data.template}
            description={inUse ? words.data.templateInUse(words.data.templates[templateKey(inUse)] ?? inUse) : ' '}
            data={templates.map((value) => ({ value, label: words.data.templates[value] }))}
            value={dataset.prompt_template}
            onChange={(value) => set('dataset', 'prompt_template', templateKey(value ?? 'chat'))}
            allowDeselect={false}
            data-testid="prompt-template"
          />
        )}
        {hasTemplate && dataset.prompt_column.length > 1 && (
          <TemplateText name="prompt_column_separator" label={words.data.columnSeparator} />
        )}
      </div>
      {hasClasses && <ClassSettings />}
      {hasTemplate && dataset.prompt_template === 'custom' && <CustomTemplate />}
      {hasTemplate && <ConversationSettings />}
    </Section>
  );
}

/** Whether a row has one class or several labels, and how many classes there are. */
function ClassSettings() {
  const words = useWords();
  const { set } = useCommands();
  const loss = useStudio((state) => state.config.training.loss_function);
  const kind = loss === 'BinaryCrossEntropy' ? 'many' : 'one';
  return (
    <div className={parts.fields} style={{ marginTop: 16 }}>
      <Select
        label={words.labels.howLearned}
        description={words.labels.kindsHint[kind]}
        data={(['one', 'many'] as const).map((value) => ({ value, label: words.labels.kinds[value] }))}
        value={kind}
        onChange={(value) =>
          set('training', 'loss_function', value === 'many' ? 'BinaryCrossEntropy' : 'TokenAveragedCrossEntropy')
        }
        allowDeselect={false}
        data-testid="label-kind"
      />
      <SettingField section="dataset" name="num_classes" />
    </div>
  );
}

const templateKey = (name: string) => name as (typeof templates)[number];

/** Line breaks are written as \n, so that they can be seen. */
const shown = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const meant = (text: string) => text.replace(/\\(n|\\)/g, (_, mark) => (mark === 'n' ? '\n' : '\\'));

function CustomTemplate() {
  const words = useWords();
  const hasSystem = useStudio((state) => state.config.dataset.system_column !== '');
  return (
    <div className={parts.fields} style={{ marginTop: 16 }}>
      {hasSystem && <TemplateText name="text_system_start" label={words.data.customSystem} />}
      {hasSystem && <SettingField section="dataset" name="add_eos_token_to_system" />}
      <TemplateText name="text_prompt_start" label={words.data.customStart} />
      <TemplateText name="text_answer_separator" label={words.data.customSeparator} />
      <SettingField section="dataset" name="add_eos_token_to_prompt" />
      <SettingField section="dataset" name="add_eos_token_to_answer" />
    </div>
  );
}

type TextName = 'text_system_start' | 'text_prompt_start' | 'text_answer_separator' | 'prompt_column_separator';

function TemplateText({ name, label }: { name: TextName; label: string }) {
  const { set } = useCommands();
  const value = useStudio((state) => state.config.dataset[name]);
  return (
    <TextInput
      label={label}
      classNames={{ input: 'mono' }}
      value={shown(value)}
      onChange={(event) => set('dataset', name, meant(event.currentTarget.value))}
    />
  );
}

/** Whether rows may be turns of conversations. */
const hasTurns = ({ messages_column, parent_id_column }: RunConfig['dataset']) =>
  messages_column !== '' || parent_id_column !== '';

/** What of a conversation is learned; nothing where every row stands alone. */
function ConversationSettings() {
  const words = useWords();
  const dataset = useStudio((state) => state.config.dataset);
  if (!hasTurns(dataset)) return null;
  return (
    <fieldset className={parts.fields} style={{ margin: '16px 0 0', padding: 0, border: 0 }}>
      <legend className="soft" style={{ padding: 0, marginBottom: 8 }}>
        {words.data.conversations}
      </legend>
      <SettingField section="dataset" name="only_last_answer" />
      {dataset.parent_id_column !== '' && <SettingField section="dataset" name="limit_chained_samples" />}
      <SettingField section="augmentation" name="skip_parent_probability" />
      <SettingField section="augmentation" name="random_parent_probability" />
    </fieldset>
  );
}
