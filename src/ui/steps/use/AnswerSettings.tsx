import { NumberInput, SegmentedControl } from '@mantine/core';
import type { GenerationSettings } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import parts from '../../parts/parts.module.css';

type NumberKey = Exclude<keyof GenerationSettings, 'doSample'>;

/** Greedy or drawn; the settings that do nothing under greedy are not shown. */
export function AnswerSettings() {
  const words = useWords();
  const { setChat } = useCommands();
  const settings = useStudio((state) => state.chat.settings);
  return (
    <div className={parts.fields}>
      <div>
        <SegmentedControl
          aria-label={words.use.sampling}
          value={settings.doSample ? 'sample' : 'greedy'}
          onChange={(value) => setChat({ doSample: value === 'sample' })}
          data={[
            { value: 'greedy', label: words.use.greedy },
            { value: 'sample', label: words.use.sample },
          ]}
        />
        {!settings.doSample && <div className="soft">{words.use.greedyHint}</div>}
      </div>
      <Field name="maxNewTokens" label={words.use.maxNewTokens} min={1} max={4096} step={1} />
      <Field name="minNewTokens" label={words.generation.shortest} min={0} max={1024} step={1} />
      <Field name="repetitionPenalty" label={words.generation.repetition} min={0.05} max={10} step={0.05} />
      <div>
        <Field name="numBeams" label={words.generation.beams} min={1} max={16} step={1} />
        {settings.numBeams > 1 && <div className="soft">{words.generation.beamsHint}</div>}
      </div>
      {settings.doSample && (
        <>
          <Field name="temperature" label={words.use.temperature} min={0.05} max={10} step={0.05} />
          <Field name="topP" label={words.use.topP} min={0.01} max={1} step={0.01} />
          <Field name="topK" label={words.use.topK} min={0} max={1000} step={1} />
          <Field name="seed" label={words.use.seed} min={0} max={2147483647} step={1} />
        </>
      )}
    </div>
  );
}

interface FieldProps {
  readonly name: NumberKey;
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

function Field({ name, ...rest }: FieldProps) {
  const { setChat } = useCommands();
  const value = useStudio((state) => state.chat.settings[name]);
  return (
    <NumberInput
      {...rest}
      value={value}
      clampBehavior="blur"
      onChange={(next) => typeof next === 'number' && setChat({ [name]: next })}
    />
  );
}
