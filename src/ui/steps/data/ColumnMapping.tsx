import { MultiSelect, Select, TextInput } from '@mantine/core';
import type { DataSummary } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import parts from '../../parts/parts.module.css';
import { Section } from '../../parts/Section.tsx';

const templates = ['chat', 'alpaca', 'h2o', 'custom'] as const;

/** Which columns are question and answer, and how they become one text. */
export function ColumnMapping({ summary }: { summary: DataSummary }) {
  const words = useWords();
  const { set } = useCommands();
  const dataset = useStudio((state) => state.config.dataset);
  const inUse = useStudio((state) => state.dataPreview.value?.template ?? null);
  const columns = [...summary.columns];
  return (
    <Section title={words.data.mapping}>
      <div className={parts.fields}>
        <MultiSelect
          label={words.data.promptColumns}
          description={words.data.promptColumnsHint}
          data={columns}
          value={[...dataset.prompt_column]}
          onChange={(value) => set('dataset', 'prompt_column', value)}
          placeholder={dataset.prompt_column.length === 0 ? words.data.columnPlaceholder : ''}
          data-testid="prompt-columns"
        />
        <Select
          label={words.data.answerColumn}
          description={words.data.answerColumnHint}
          data={columns}
          value={dataset.answer_column || null}
          onChange={(value) => set('dataset', 'answer_column', value ?? '')}
          placeholder={words.data.columnPlaceholder}
          allowDeselect={false}
          data-testid="answer-column"
        />
        <Select
          label={words.data.template}
          description={inUse ? words.data.templateInUse(words.data.templates[templateKey(inUse)] ?? inUse) : ' '}
          data={templates.map((value) => ({ value, label: words.data.templates[value] }))}
          value={dataset.prompt_template}
          onChange={(value) => set('dataset', 'prompt_template', (value ?? 'chat') as (typeof templates)[number])}
          allowDeselect={false}
        />
      </div>
      {dataset.prompt_template === 'custom' && <CustomTemplate />}
    </Section>
  );
}

const templateKey = (name: string) => name as (typeof templates)[number];

/** Line breaks are written as \n, so that they can be seen. */
const shown = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const meant = (text: string) => text.replace(/\\(n|\\)/g, (_, mark) => (mark === 'n' ? '\n' : '\\'));

function CustomTemplate() {
  const words = useWords();
  const { set } = useCommands();
  const dataset = useStudio((state) => state.config.dataset);
  return (
    <div className={parts.fields} style={{ marginTop: 16 }}>
      <TextInput
        label={words.data.customStart}
        classNames={{ input: 'mono' }}
        value={shown(dataset.text_prompt_start)}
        onChange={(event) => set('dataset', 'text_prompt_start', meant(event.currentTarget.value))}
      />
      <TextInput
        label={words.data.customSeparator}
        classNames={{ input: 'mono' }}
        value={shown(dataset.text_answer_separator)}
        onChange={(event) => set('dataset', 'text_answer_separator', meant(event.currentTarget.value))}
      />
    </div>
  );
}
