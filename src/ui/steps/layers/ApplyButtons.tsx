import { Button, Checkbox } from '@mantine/core';
import { useState } from 'react';
import type { ModelSummary, ParameterState } from '../../../worker/protocol.ts';
import { useCommands, useWords } from '../../context.tsx';
import { isAdaptable } from '../../ticks.ts';
import { useFormat } from '../../use-format.ts';

/** "Apply to N matches", one button a state. */
export function ApplyButtons({ model, names }: { model: ModelSummary; names: ReadonlySet<string> }) {
  const words = useWords();
  const format = useFormat();
  const { tick } = useCommands();
  const [only, setOnly] = useState(false);
  const adaptable = model.parameters.filter((parameter) => names.has(parameter.name) && isAdaptable(parameter)).length;
  const all = format.count(names.size);
  const apply = (state: ParameterState) => tick({ names, state, only: only && state !== 'frozen' });
  return (
    <>
      <Checkbox
        size="xs"
        label={words.layers.applyOnly}
        title={words.layers.applyOnlyHint}
        checked={only}
        onChange={(event) => setOnly(event.currentTarget.checked)}
      />
      {adaptable > 0 ? (
        <Button size="compact-sm" variant="default" onClick={() => apply('adapter')} data-testid="apply-lora">
          {words.layers.applyLora(format.count(adaptable))}
        </Button>
      ) : (
        <span className="soft">{words.layers.noLoraThere}</span>
      )}
      <Button size="compact-sm" variant="default" onClick={() => apply('train')} data-testid="apply-train">
        {words.layers.applyTrain(all)}
      </Button>
      <Button size="compact-sm" variant="default" onClick={() => apply('frozen')} data-testid="apply-freeze">
        {words.layers.applyFreeze(all)}
      </Button>
    </>
  );
}
