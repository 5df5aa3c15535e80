import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { FilePicker } from '../../parts/FilePicker.tsx';
import parts from '../../parts/parts.module.css';
import { Section } from '../../parts/Section.tsx';
import { SettingField } from '../../parts/SettingField.tsx';
import { readsText } from '../../tasks/facts.ts';
import { useFormat } from '../../use-format.ts';
import { HubDataset } from './HubDataset.tsx';
import { tableEndings } from './table-endings.ts';

/** Which rows are held back to see whether the model generalises, and how many of all are used. */
export function ValidationSplit() {
  const words = useWords();
  const format = useFormat();
  const strategy = useStudio((state) => state.config.dataset.validation_strategy);
  const sampled = useStudio((state) => state.config.dataset.data_sample < 1);
  const preview = useStudio((state) => state.dataPreview.value);
  const counts =
    preview && !preview.problem
      ? words.data.splitRows(format.count(preview.trainingRows), format.count(preview.validationRows))
      : undefined;
  return (
    <Section title={words.data.validation} note={counts}>
      <div className={parts.fields}>
        <SettingField section="dataset" name="validation_strategy" />
        {strategy === 'automatic' && <SettingField section="dataset" name="validation_size" />}
        <SettingField section="dataset" name="data_sample" />
        {sampled && <SettingField section="dataset" name="data_sample_choice" />}
        {strategy !== 'none' && <SettingField section="training" name="train_validation_data" />}
      </div>
      {strategy === 'custom' && <ValidationFile />}
    </Section>
  );
}

/** The file of validation rows: which it is, and a button for another. */
function ValidationFile() {
  const words = useWords();
  const format = useFormat();
  const { openValidation } = useCommands();
  const { value, pending, error } = useStudio((state) => state.validation);
  const opensTables = useStudio((state) => readsText(state.model.value));
  return (
    <>
      <ErrorNote error={error} />
      <div className={parts.row} style={{ marginTop: 16 }}>
        <FilePicker
          label={value ? words.data.validationAnother : words.data.validationChoose}
          accept={opensTables ? tableEndings : '.zip'}
          onFiles={([file]) => file && void openValidation({ kind: 'file', name: file.blob.name, blob: file.blob })}
          testId="validation-file"
        />
        <span role="status" data-testid="validation-opened">
          {pending && words.data.opening('')}
          {value && words.data.validationOpened(value.name, format.count(value.rowCount))}
        </span>
      </div>
      <details style={{ marginTop: 16 }} data-testid="validation-hub">
        <summary>{words.data.validationHub}</summary>
        <HubDataset usualSplit="validation" open={openValidation} testId="validation-dataset" />
      </details>
    </>
  );
}
