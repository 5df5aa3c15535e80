import { NativeSelect, NumberInput, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ModelSummary } from '../../../worker/protocol.ts';
import { useWords } from '../../context.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { useFormat } from '../../use-format.ts';
import { ApplyButtons } from './ApplyButtons.tsx';
import styles from './layers.module.css';
import { initialRule, layerMatches, type Rule, type RuleKind, ruleKinds, usesOf } from './rule.ts';
import { useMatches } from './use-matches.ts';

interface Props {
  readonly model: ModelSummary;
  readonly onShow: (names: ReadonlySet<string> | null) => void;
}

/** Picks parameters by a rule, says how many match, and applies a state to them. */
export function SelectorPanel({ model, onShow }: Props) {
  const words = useWords();
  const format = useFormat();
  const [rule, setRule] = useState<Rule>(initialRule);
  const [only, setOnly] = useState(false);
  const { names, error } = useMatches(rule, (found) => onShow(only ? found : null));
  const change = (patch: Partial<Rule>) => setRule((before) => ({ ...before, ...patch }));
  const showOnly = (checked: boolean) => {
    setOnly(checked);
    onShow(checked ? names : null);
  };
  return (
    <search className={styles.panel} aria-label={words.layers.search}>
      <div className={styles.inputs}>
        <NativeSelect
          label={words.layers.kind}
          value={rule.kind}
          onChange={(event) => change({ kind: event.currentTarget.value as RuleKind })}
          data={ruleKinds.map((value) => ({ value, label: words.layers.kinds[value] }))}
          data-testid="rule-kind"
        />
        <RuleInputs rule={rule} change={change} />
        <Switch
          label={words.layers.onlyMatches}
          checked={only}
          onChange={(event) => showOnly(event.currentTarget.checked)}
          mb={8}
        />
      </div>
      <ErrorNote error={error} />
      {names && !error && (
        <div className={styles.result}>
          <span role="status" className="figures" data-testid="matches">
            {names.size === 0
              ? words.layers.noMatches
              : words.layers.matches(format.count(names.size), format.count(model.parameters.length))}
          </span>
          {names.size > 0 && <ApplyButtons model={model} names={names} />}
        </div>
      )}
    </search>
  );
}

function RuleInputs({ rule, change }: { rule: Rule; change: (patch: Partial<Rule>) => void }) {
  const words = useWords();
  const uses = usesOf(rule.kind);
  const number = (value: string | number) => Math.max(0, Number(value) || 0);
  return (
    <>
      {uses.text && (
        <TextInput
          label={words.layers.pattern}
          placeholder={words.layers.searchHint}
          value={rule.text}
          onChange={(event) => change({ text: event.currentTarget.value })}
          classNames={{ input: 'mono' }}
          autoComplete="off"
          spellCheck={false}
          style={{ flex: '1 1 180px' }}
          data-testid="rule-text"
        />
      )}
      {uses.percent && (
        <NumberInput
          label={words.layers.percent}
          suffix="%"
          min={0}
          max={100}
          w={112}
          value={rule.percent}
          onChange={(value) => change({ percent: number(value) })}
        />
      )}
      {uses.layers && (
        <NumberInput
          label={words.layers.layerCount}
          min={0}
          w={112}
          value={rule.layers}
          onChange={(value) => change({ layers: number(value) })}
        />
      )}
      {uses.match && (
        <NativeSelect
          label={words.layers.mode}
          value={rule.match}
          onChange={(event) => change({ match: event.currentTarget.value as Rule['match'] })}
          data={layerMatches.map((value) => ({ value, label: words.layers.matchModes[value] }))}
        />
      )}
      {uses.random && (
        <>
          <NumberInput
            label={words.layers.seed}
            min={0}
            w={96}
            value={rule.seed}
            onChange={(value) => change({ seed: number(value) })}
          />
          <NativeSelect
            label={words.layers.mode}
            value={rule.mode}
            onChange={(event) => change({ mode: event.currentTarget.value as Rule['mode'] })}
            data={(['corrected', 'as-in-the-article'] as const).map((value) => ({
              value,
              label: words.layers.modes[value],
            }))}
          />
        </>
      )}
    </>
  );
}
