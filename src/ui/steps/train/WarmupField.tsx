import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import type { RunConfig } from '../../../training/config/run-config.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import parts from '../../parts/parts.module.css';
import { SettingField } from '../../parts/SettingField.tsx';

/** The settings that say how long the warm-up is, each in a unit of its own; the first above 0 counts. */
const units = ['warmup_steps', 'warmup_ratio', 'warmup_epochs'] as const;
type Unit = (typeof units)[number];

const unitOf = ({ training }: RunConfig): Unit | undefined => units.find((unit) => training[unit] > 0);

/** One number and its unit. Another unit keeps how long the warm-up is, where the rows are known. */
export function WarmupField({ resolved }: { resolved?: string | undefined }) {
  const words = useWords();
  const { set } = useCommands();
  const inUse = useStudio((state) => unitOf(state.config));
  const { training, preview } = useStudio(({ config, dataPreview }) => ({
    training: config.training,
    preview: dataPreview.value,
  }));
  // A warm-up of 0 keeps the unit that it had.
  const [last, setLast] = useState<Unit>(inUse ?? 'warmup_ratio');
  if (inUse && inUse !== last) setLast(inUse);
  const unit = inUse ?? last;
  const change = (next: Unit) => {
    const perStep: Readonly<Record<Unit, number>> = {
      warmup_steps: 1,
      warmup_ratio: 1 / (preview?.totalSteps || Number.POSITIVE_INFINITY),
      warmup_epochs: 1 / (preview?.stepsPerEpoch || Number.POSITIVE_INFINITY),
    };
    const steps = perStep[unit] === 0 ? 0 : training[unit] / perStep[unit];
    const exact = steps * perStep[next];
    for (const other of units) {
      if (other !== next && training[other] !== 0) set('training', other, 0);
    }
    set('training', next, next === 'warmup_steps' ? Math.ceil(exact) : Number(exact.toPrecision(3)));
    setLast(next);
  };
  return (
    <div className={parts.withUnit}>
      <SettingField key={unit} section="training" name={unit} {...(resolved === undefined ? {} : { resolved })} />
      <NativeSelect
        label={words.train.warmupUnit}
        value={unit}
        onChange={(event) => change(event.currentTarget.value as Unit)}
        data={units.map((value) => ({ value, label: words.train.warmupUnits[value] }))}
        data-testid="warmup-unit"
      />
    </div>
  );
}
