import { Button, NativeSelect, SegmentedControl, Switch, TextInput } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';
import { type AppError, toAppError } from '../../../../errors.ts';
import { changesScore, settingAt, sweptKeys } from '../../../../sweeps/swept-keys.ts';
import type { SweepPrice } from '../../../../worker/protocol.ts';
import { blocking, preflight } from '../../../checks.ts';
import { useCommands, useStudio, useWords } from '../../../context.tsx';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { FoldButton } from '../../../parts/buttons.tsx';
import { ErrorNote } from '../../../parts/ErrorNote.tsx';
import { FilePicker } from '../../../parts/FilePicker.tsx';
import { Icon } from '../../../parts/Icon.tsx';
import parts from '../../../parts/parts.module.css';
import { Section } from '../../../parts/Section.tsx';
import { saveDownload } from '../../../save-download.ts';
import type { Studio } from '../../../store.ts';
import { wordError } from '../../../text/word-error.ts';
import { useFormat } from '../../../use-format.ts';
import { fieldGroups, isShown } from '../field-groups.ts';
import { settingLabel } from './setting-words.ts';
import styles from './sweep.module.css';
import { type Draft, type DraftRow, draftOf, firstDraft, givenOf, rowFor } from './sweep-draft.ts';

/** The same run with several settings: which, how many, and what that costs. */
export function SweepForm() {
  const words = useWords();
  const [draft, setDraft] = useState<Draft | null>(null);
  const rate = useStudio((state) => state.config.training.learning_rate);
  return (
    <div className={styles.fold}>
      <FoldButton open={draft !== null} onClick={() => setDraft(draft ? null : firstDraft(rate))} testId="open-sweep">
        {words.sweep.open}
      </FoldButton>
      {draft && <Form draft={draft} onChange={setDraft} />}
    </div>
  );
}

interface DraftProps {
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
}

function Form({ draft, onChange }: DraftProps) {
  const words = useWords();
  const { startSweep } = useCommands();
  const error = useStudio((state) => state.sweepError);
  const [fileError, setFileError] = useState<AppError | null>(null);
  const change = (more: Partial<Draft>) => onChange({ ...draft, ...more });
  const missing = useStudio((state) => {
    const reasons = blocking(preflight(state)).map(({ id, error }) =>
      id === 'dataFit' && error ? wordError(state.language, error).cause : words.checks[id].missing,
    );
    return reasons.length > 0 ? words.train.blocked(reasons.join(' · ')) : null;
  });
  return (
    <Section title={words.sweep.title} note={<SweepFile draft={draft} onChange={onChange} onError={setFileError} />}>
      <p className="soft">{words.sweep.lead}</p>
      <ErrorNote error={fileError} />
      <div className={styles.row}>
        <SegmentedControl
          size="xs"
          aria-label={words.sweep.search}
          value={draft.search}
          onChange={(search) => change({ search: search as Draft['search'] })}
          data={(['random', 'grid'] as const).map((value) => ({ value, label: words.sweep.searches[value] }))}
        />
        {draft.search === 'random' && (
          <Field
            label={words.sweep.trials}
            value={draft.trials}
            onChange={(trials) => change({ trials })}
            testId="sweep-trials"
          />
        )}
      </div>
      <Rows draft={draft} onChange={onChange} />
      <div className={styles.row}>
        <NativeSelect
          size="xs"
          label={words.sweep.score}
          value={draft.score}
          onChange={(event) => change({ score: event.currentTarget.value as Draft['score'] })}
          data={(['validation_loss', 'metric'] as const).map((value) => ({ value, label: words.sweep.scores[value] }))}
          data-testid="sweep-score"
        />
      </div>
      <Switch
        color="trained.6"
        label={words.sweep.halving}
        description={words.sweep.halvingHint}
        checked={draft.halving}
        onChange={(event) => change({ halving: event.currentTarget.checked })}
        data-testid="sweep-halving"
      />
      {draft.halving && (
        <div className={styles.row}>
          <Field
            wide
            label={words.sweep.rungs}
            value={draft.rungs}
            onChange={(rungs) => change({ rungs })}
            testId="sweep-rungs"
          />
          <Field
            label={words.sweep.keep}
            value={draft.keep}
            onChange={(keep) => change({ keep })}
            testId="sweep-keep"
          />
        </div>
      )}
      {missing === null && <Price draft={draft} />}
      <ErrorNote error={error} />
      <div className={parts.row}>
        <ActionButton
          leftSection={<Icon name="play" />}
          missing={missing}
          onClick={() => void startSweep(givenOf(draft))}
          testId="start-sweep"
        >
          {words.sweep.start}
        </ActionButton>
      </div>
    </Section>
  );
}

function SweepFile({ draft, onChange, onError }: DraftProps & { readonly onError: (error: AppError | null) => void }) {
  const words = useWords();
  const { readSweepFile, writeSweepFile } = useCommands();
  const carryOut = (work: () => Promise<void>) => {
    onError(null);
    work().catch((thrown) => onError(toAppError(thrown)));
  };
  const save = async () => {
    const blob = new Blob([await writeSweepFile(givenOf(draft))], { type: 'application/yaml' });
    saveDownload({ fileName: 'sweep.yaml', blob });
  };
  return (
    <div className={parts.row}>
      <FilePicker
        label={words.sweep.load}
        accept=".json,.yaml,.yml,application/json"
        onFiles={([file]) =>
          file && carryOut(async () => onChange(draftOf(await readSweepFile(file.blob, file.path), draft)))
        }
        testId="sweep-file"
      />
      <Button
        variant="default"
        leftSection={<Icon name="download" />}
        onClick={() => carryOut(save)}
        data-testid="sweep-save"
      >
        {words.sweep.save}
      </Button>
    </div>
  );
}

function Rows({ draft, onChange }: DraftProps) {
  const words = useWords();
  const config = useStudio((state) => state.config);
  const keys = useStudio((state) => offeredKeys(state));
  const { rows } = draft;
  const currentOf = (key: string) => {
    const [section, name] = key.split('.') as [keyof typeof config, string];
    return (config[section] as Readonly<Record<string, unknown>>)[name];
  };
  const free = keys.filter((key) => rows.every((row) => row.key !== key));
  const replace = (index: number, row: DraftRow | null) =>
    onChange({ ...draft, rows: rows.flatMap((each, at) => (at !== index ? [each] : row ? [row] : [])) });
  return (
    <div className={styles.rows}>
      {rows.map((row, index) => (
        <Row
          key={row.key}
          row={row}
          search={draft.search}
          keys={[row.key, ...free]}
          onKey={(key) => replace(index, rowFor(key, currentOf(key)))}
          onChange={(next) => replace(index, next)}
          onRemove={rows.length > 1 ? () => replace(index, null) : null}
        />
      ))}
      {free.length > 0 && (
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<Icon name="add" />}
          onClick={() => onChange({ ...draft, rows: [...rows, rowFor(free[0]!, currentOf(free[0]!))] })}
          data-testid="sweep-add"
        >
          {words.sweep.add}
        </Button>
      )}
    </div>
  );
}

/** What the form shows and a sweep may try, what matters most first. */
function offeredKeys(state: Studio): readonly string[] {
  const first = [
    'training.learning_rate',
    'tuning.lora_r',
    'training.batch_size',
    'training.epochs',
    'tokenizer.max_length',
  ];
  const shown = fieldGroups.flatMap(({ fields }) =>
    fields.filter((field) => isShown(field, state)).map(({ section, name }) => `${section}.${name}`),
  );
  return [...new Set([...first, 'training.max_steps', ...shown])].filter((key) => sweptKeys.includes(key));
}

interface RowProps {
  readonly row: DraftRow;
  readonly search: Draft['search'];
  readonly keys: readonly string[];
  readonly onKey: (key: string) => void;
  readonly onChange: (row: DraftRow) => void;
  readonly onRemove: (() => void) | null;
}

function Row({ row, search, keys, onKey, onChange, onRemove }: RowProps) {
  const words = useWords();
  const change = (more: Partial<DraftRow>) => onChange({ ...row, ...more });
  const hasRange = settingAt(row.key)?.kind === 'number';
  const label = settingLabel(row.key, words);
  return (
    <fieldset className={styles.row} data-testid="sweep-row" data-key={row.key}>
      <legend className="hidden-visually">{label}</legend>
      <NativeSelect
        size="xs"
        label={words.sweep.setting}
        value={row.key}
        onChange={(event) => onKey(event.currentTarget.value)}
        data={keys.map((value) => ({ value, label: settingLabel(value, words) }))}
        data-testid="sweep-key"
      />
      {hasRange && (
        <NativeSelect
          size="xs"
          label={words.sweep.kind}
          value={row.kind}
          onChange={(event) => change({ kind: event.currentTarget.value as DraftRow['kind'] })}
          data={(['values', 'linear', 'log'] as const).map((value) => ({ value, label: words.sweep.kinds[value] }))}
          data-testid="sweep-kind"
        />
      )}
      {row.kind === 'values' ? (
        <Field
          wide
          label={words.sweep.values}
          value={row.values}
          onChange={(values) => change({ values })}
          testId="sweep-values"
        />
      ) : (
        <>
          <Field label={words.sweep.from} value={row.from} onChange={(from) => change({ from })} testId="sweep-from" />
          <Field label={words.sweep.to} value={row.to} onChange={(to) => change({ to })} testId="sweep-to" />
          {search === 'grid' && (
            <Field
              label={words.sweep.count}
              value={row.count}
              onChange={(count) => change({ count })}
              testId="sweep-count"
            />
          )}
        </>
      )}
      {onRemove && (
        <Button size="compact-sm" variant="subtle" aria-label={words.sweep.remove(label)} onClick={onRemove}>
          <Icon name="close" />
        </Button>
      )}
    </fieldset>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly wide?: boolean;
  readonly onChange: (value: string) => void;
  readonly testId: string;
}

const Field = ({ label, value, wide = false, onChange, testId }: FieldProps) => (
  <TextInput
    size="xs"
    className={wide ? styles.wide : styles.narrow}
    classNames={{ input: 'mono' }}
    autoComplete="off"
    label={label}
    value={value}
    onChange={(event) => onChange(event.currentTarget.value)}
    data-testid={testId}
  />
);

/** Milliseconds without a change before what is typed is priced. */
const rest = 400;

/** What the sweep would cost, or why it cannot be made. */
function Price({ draft }: { draft: Draft }) {
  const words = useWords();
  const format = useFormat();
  const { priceSweep } = useCommands();
  const config = useStudio((state) => state.config);
  const given = useMemo(() => givenOf(draft), [draft]);
  const [found, setFound] = useState<{ price: SweepPrice } | { error: AppError } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: priced anew when the form changes, too
  useEffect(() => {
    let overtaken = false;
    const timer = setTimeout(() => {
      priceSweep(given).then(
        (price) => overtaken || setFound({ price }),
        (thrown) => overtaken || setFound({ error: toAppError(thrown) }),
      );
    }, rest);
    return () => {
      overtaken = true;
      clearTimeout(timer);
    };
  }, [given, config]);
  if (found === null) return <p className="soft">{words.sweep.pricing}</p>;
  if ('error' in found) return <ErrorNote error={found.error} />;
  const { runs, steps, seconds, measured, peakBytes, budget, unfit } = found.price;
  const unlike = draft.rows.map(({ key }) => key).filter(changesScore);
  return (
    <div data-testid="sweep-price" role="status">
      <p>
        {words.sweep.price(format.count(runs), format.count(steps), format.duration(seconds), format.bytes(peakBytes))}{' '}
        {!measured && <span className="soft">{words.sweep.assumed}</span>}
      </p>
      {unfit.length > 0 && (
        <p className={styles.warning}>
          {words.sweep.unfit(
            unfit.map((index) => format.count(index + 1)).join(', '),
            format.bytes(peakBytes),
            format.bytes(budget),
          )}
        </p>
      )}
      {seconds > longSeconds && <p className={styles.warning}>{words.sweep.long}</p>}
      {unlike.length > 0 && (
        <p className={styles.warning}>{words.sweep.unlike(unlike.map((key) => settingLabel(key, words)).join(', '))}</p>
      )}
    </div>
  );
}

/** Whoever waits longer than a day is told so. */
const longSeconds = 24 * 3600;
