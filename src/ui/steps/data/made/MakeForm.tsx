import { Button, Checkbox, NativeSelect, NumberInput, PasswordInput, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { usualTexts } from '../../../../generation/made/requests.ts';
import { mayConnect } from '../../../../worker/may-connect.ts';
import type { MadeWriter, MakeSettings } from '../../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../../context.tsx';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { hostOf } from '../../../parts/hub-endpoint.ts';
import { Icon } from '../../../parts/Icon.tsx';
import parts from '../../../parts/parts.module.css';
import { isComputing } from '../../../store.ts';
import { modelWrites, taskFacts } from '../../../tasks/facts.ts';
import { writesText } from '../../../tasks/problem-of-run.ts';
import type { Messages } from '../../../text/messages.ts';
import { useFormat } from '../../../use-format.ts';
import { resultsOf } from '../../use/results-of.ts';
import styles from './made.module.css';

const [model, server] = ['model', 'server'] as const;

interface Draft extends Omit<MakeSettings, 'kinds'> {
  /** `model`, `server`, or the id of a result. */
  readonly writer: string;
  readonly endpoint: string;
  readonly name: string;
  readonly key: string;
  readonly paraphrase: boolean;
  readonly answer: boolean;
}

const usual: Draft = {
  ...{ writer: model, endpoint: '', name: '', key: '', paraphrase: true, answer: false, critique: false },
  ...{ count: 20, seed: 1, temperature: 0.7, topP: 0.9, maxNewTokens: 256, texts: usualTexts },
};

/** What is to be written, by whom and how. */
export function MakeForm() {
  const words = useWords();
  const { makeRows, stopMaking } = useCommands();
  const format = useFormat();
  const making = useStudio((state) => state.made.making);
  const training = useStudio((state) => isComputing(state.run));
  // A model that says labels cannot write; a server then may.
  const writes = useStudio(({ model }) => modelWrites(model.value));
  const drafts = useStudio(({ config }) => taskFacts(config.dataset).makes.includes('answer'));
  const results = useStudio((state) => state.runs.value ?? []).filter((run) => run.step > 0 && writesText(run));
  const [draft, setDraft] = useState<Draft>(usual);
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const choices = [
    ...(writes ? [{ value: model, label: words.made.openModel }] : []),
    ...results.flatMap((run) => resultsOf(run, words, format)),
    { value: server, label: words.made.server },
  ];
  const writer = choices.some(({ value }) => value === draft.writer) ? draft.writer : choices[0]!.value;
  const missing = missingOf({ ...draft, writer, answer: draft.answer && drafts }, training, words);
  const start = () => {
    const { paraphrase, answer, endpoint, name, key, writer: _, ...settings } = draft;
    const by: MadeWriter =
      writer === server
        ? { kind: 'server', endpoint, model: name, key }
        : writer === model
          ? { kind: 'model' }
          : { kind: 'run', runId: writer };
    const kinds = [...(paraphrase ? ['paraphrase' as const] : []), ...(answer && drafts ? ['answer' as const] : [])];
    void makeRows(by, { ...settings, kinds });
    // The next ones are others.
    set({ seed: draft.seed + 1 });
  };
  return (
    <div data-testid="make-form">
      <div className={parts.fields}>
        <NativeSelect
          label={words.made.writer}
          value={writer}
          onChange={(event) => set({ writer: event.currentTarget.value })}
          data={choices}
          data-testid="made-writer"
        />
        <Amount
          label={words.made.count}
          value={draft.count}
          most={1000}
          onChange={(count) => set({ count })}
          id="count"
        />
        <Amount
          label={words.made.maxNewTokens}
          value={draft.maxNewTokens}
          most={2048}
          onChange={(maxNewTokens) => set({ maxNewTokens })}
          id="tokens"
        />
      </div>
      {writer === server && <ServerFields draft={draft} onChange={set} />}
      <fieldset className={styles.kinds}>
        <legend>{words.made.kinds}</legend>
        {(['paraphrase', ...(drafts ? ['answer' as const] : []), 'critique'] as const).map((kind) => (
          <Checkbox
            key={kind}
            label={words.made.kindNames[kind]}
            checked={draft[kind]}
            onChange={(event) => set({ [kind]: event.currentTarget.checked })}
            data-testid={`made-${kind}`}
          />
        ))}
      </fieldset>
      <details className={styles.more}>
        <summary>{words.made.more}</summary>
        <HowFields draft={draft} onChange={set} />
      </details>
      {making ? (
        <div className={parts.row}>
          <Button
            leftSection={<Icon name="stop" />}
            variant="default"
            onClick={() => void stopMaking()}
            data-testid="made-stop"
          >
            {words.made.stop}
          </Button>
          <span role="status">{words.made.progress(format.count(making.done), format.count(making.total))}</span>
        </div>
      ) : (
        <ActionButton
          variant="default"
          leftSection={<Icon name="play" />}
          missing={missing}
          onClick={start}
          testId="made-start"
        >
          {words.made.start}
        </ActionButton>
      )}
    </div>
  );
}

function missingOf({ paraphrase, answer, writer, endpoint, name }: Draft, training: boolean, { made }: Messages) {
  if (!paraphrase && !answer) return made.kindMissing;
  if (writer !== server) return training ? made.busy : null;
  if (!URL.canParse(endpoint) || name.trim() === '') return made.serverMissing;
  return mayConnect(endpoint) ? null : made.notAllowed(hostOf(endpoint));
}

interface Fields {
  readonly draft: Draft;
  readonly onChange: (change: Partial<Draft>) => void;
}

/** Which server, and what leaves for it. */
function ServerFields({ draft, onChange }: Fields) {
  const words = useWords();
  const { endpoint } = draft;
  return (
    <>
      <div className={`${parts.fields} ${styles.server}`}>
        <TextInput
          label={words.made.endpoint}
          description={words.made.endpointHint}
          value={endpoint}
          onChange={(event) => onChange({ endpoint: event.currentTarget.value.trim() })}
          autoComplete="off"
          data-testid="made-endpoint"
        />
        <TextInput
          label={words.made.model}
          value={draft.name}
          onChange={(event) => onChange({ name: event.currentTarget.value })}
          autoComplete="off"
          data-testid="made-model"
        />
        <PasswordInput
          // What is typed for one server is for no other.
          key={endpoint}
          label={words.made.key}
          description={words.made.keyHint}
          autoComplete="off"
          onChange={(event) => onChange({ key: event.currentTarget.value })}
        />
      </div>
      {URL.canParse(endpoint) && mayConnect(endpoint) && <p>{words.made.leaves(hostOf(endpoint))}</p>}
    </>
  );
}

/** How texts are drawn, and what is asked, in both languages that rows are asked about in. */
function HowFields({ draft, onChange }: Fields) {
  const words = useWords();
  const number = (name: 'temperature' | 'topP', label: string, max: number) => (
    <NumberInput
      label={label}
      value={draft[name]}
      min={name === 'topP' ? 0.05 : 0}
      max={max}
      step={0.05}
      clampBehavior="blur"
      onChange={(next) => typeof next === 'number' && onChange({ [name]: next })}
    />
  );
  return (
    <>
      <div className={parts.fields}>
        {number('temperature', words.made.temperature, 2)}
        {number('topP', words.made.topP, 1)}
        <Amount
          label={words.made.seed}
          value={draft.seed}
          most={2 ** 31 - 1}
          onChange={(seed) => onChange({ seed })}
          id="seed"
        />
      </div>
      {(['en', 'ja'] as const).map((language) =>
        (['paraphrase', 'answer', 'critique'] as const).map((name) => (
          <Textarea
            key={`${language}-${name}`}
            mt="sm"
            autosize
            minRows={2}
            maxRows={8}
            label={`${words.made.texts[name]} · ${words.made.languages[language]}`}
            value={draft.texts[language][name]}
            onChange={(event) => {
              const text = event.currentTarget.value;
              onChange({ texts: { ...draft.texts, [language]: { ...draft.texts[language], [name]: text } } });
            }}
          />
        )),
      )}
    </>
  );
}

interface AmountProps {
  readonly label: string;
  readonly value: number;
  readonly most: number;
  readonly id: string;
  readonly onChange: (value: number) => void;
}

function Amount({ label, value, most, id, onChange }: AmountProps) {
  return (
    <NumberInput
      label={label}
      value={value}
      min={1}
      max={most}
      allowDecimal={false}
      clampBehavior="blur"
      onChange={(next) => typeof next === 'number' && next >= 1 && next <= most && onChange(next)}
      data-testid={`made-${id}`}
    />
  );
}
