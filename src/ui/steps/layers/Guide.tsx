import { Button, Collapse, SegmentedControl } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { AppError } from '../../../errors.ts';
import type { CostEstimate } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { fitOf } from '../../levers.ts';
import { FoldButton } from '../../parts/buttons.tsx';
import { FitBadge } from '../../parts/FitBadge.tsx';
import { Section } from '../../parts/Section.tsx';
import { wordError } from '../../text/word-error.ts';
import { useEstimates } from '../../use-estimates.ts';
import { useFormat } from '../../use-format.ts';
import guide from './guide.module.css';
import { MethodsPlane } from './MethodsPlane.tsx';
import {
  currentChoice,
  hasPlaces,
  lastLayers,
  type Places,
  selectedChoices,
  selectionOf,
  type TuningChoice,
  usualChoices,
} from './tuning-choices.ts';

/** The ways to tune side by side, each with what its plan says for this model and this data. */
export function Guide() {
  const words = useWords();
  const [open, { toggle }] = useDisclosure(false);
  const note = (
    <FoldButton open={open} onClick={toggle} testId="guide-toggle">
      {open ? words.guide.hide : words.guide.show}
    </FoldButton>
  );
  return (
    <Section title={words.guide.title} note={note}>
      {!open && <p className={guide.teaser}>{words.guide.teaser}</p>}
      <Collapse expanded={open}>
        <Choices active={open} />
      </Collapse>
    </Section>
  );
}

function Choices({ active }: { active: boolean }) {
  const words = useWords();
  const { config, hasData, now, model } = useStudio(({ config, data, tuning, model }) => ({
    config,
    hasData: data.value !== null,
    now: tuning.value,
    model: tuning.value?.model ?? model.value,
  }));
  const [wanted, setPlaces] = useState<Places>('usual');
  const current = now ? currentChoice(config, now.totalParameters, now.trainedParameters) : null;
  const selection = now && model ? selectionOf(model.parameters, now.states) : null;
  const canChoose = selection !== null && current !== null && selection.parameters.length > 0;
  const places = canChoose ? wanted : 'usual';
  const choices = places === 'selected' ? selectedChoices(config, selection!, current!) : usualChoices(config);
  const estimates = useEstimates(choices, active);
  // A method that this model does not take is not offered.
  const offered = choices.filter(({ id }) => {
    const estimate = estimates.get(id);
    return !(estimate instanceof AppError && estimate.code === 'setting-unsupported');
  });
  return (
    <>
      {canChoose && (
        <SegmentedControl
          className={guide.places}
          size="xs"
          aria-label={words.guide.places}
          value={places}
          onChange={(value) => setPlaces(value as Places)}
          data={[
            { value: 'usual', label: words.guide.usual },
            { value: 'selected', label: words.guide.selected },
          ]}
          data-testid="guide-places"
        />
      )}
      <p className={guide.lead}>
        {words.guide.lead[places]} {hasData ? words.guide.planned : words.guide.plannedWithoutData}
      </p>
      <MethodsPlane
        methods={offered.flatMap(({ id, name }) => {
          const estimate = estimates.get(id);
          if (estimate === undefined || estimate instanceof AppError) return [];
          return [{ name: words.guide.choices[name].name, estimate, current: name === current }];
        })}
      />
      <table className={guide.table} data-testid="guide">
        <thead>
          <tr>
            <th scope="col">{words.guide.method}</th>
            <th scope="col">{words.guide.trained}</th>
            <th scope="col">{words.guide.memory}</th>
            <th scope="col">{words.guide.step}</th>
            <th scope="col">
              <span className="hidden-visually">{words.guide.choose}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {offered.map((choice) => (
            <ChoiceRow
              key={choice.id}
              choice={choice}
              estimate={estimates.get(choice.id)}
              places={places}
              current={choice.name === current}
            />
          ))}
        </tbody>
      </table>
    </>
  );
}

interface RowProps {
  readonly choice: TuningChoice;
  readonly places: Places;
  readonly estimate: CostEstimate | AppError | undefined;
  readonly current: boolean;
}

function ChoiceRow({ choice, estimate, places, current }: RowProps) {
  const words = useWords();
  const language = useStudio((state) => state.language);
  const { name, what, when } = words.guide.choices[choice.name];
  const failed = estimate instanceof AppError;
  const layers = places === 'selected' ? words.guide.selectedWhole : words.guide.lastLayers(String(lastLayers));
  return (
    <tr data-choice={choice.name} data-current={current} aria-busy={estimate === undefined}>
      <th scope="row">
        <span className={guide.name}>{name}</span>
        <span className={guide.what}>{choice.name === 'layers' ? layers : what}</span>
        {places === 'selected' && !hasPlaces(choice.name) && (
          <span className={guide.when}>{words.guide.placeless}</span>
        )}
        <span className={guide.when}>{failed ? wordError(language, estimate).cause : when}</span>
      </th>
      <Figures estimate={failed ? undefined : estimate} />
      <td>
        {current && <span className={guide.current}>{words.guide.current}</span>}
        {!failed && <TakeButton choice={choice} current={current} />}
      </td>
    </tr>
  );
}

/** Takes a way to tune; of the one in use, where it is elsewhere now, its usual places. */
function TakeButton({ choice: { name, config }, current }: { choice: TuningChoice; current: boolean }) {
  const words = useWords();
  const { takeConfig } = useCommands();
  const isTaken = useStudio(
    (state) => current && JSON.stringify(state.config.tuning) === JSON.stringify(config.tuning),
  );
  if (isTaken) return null;
  const label = words.guide.choices[name].name;
  return (
    <Button
      size="compact-sm"
      variant="default"
      aria-label={current ? words.guide.resetNamed(label) : words.guide.chooseNamed(label)}
      onClick={() => takeConfig(config)}
    >
      {current ? words.guide.reset : words.guide.choose}
    </Button>
  );
}

function Figures({ estimate }: { estimate: CostEstimate | undefined }) {
  const words = useWords();
  const format = useFormat();
  const budget = useStudio((state) => state.environment.value?.memoryBudget ?? null);
  const share = estimate ? estimate.trainedParameters / estimate.totalParameters : null;
  return (
    <>
      <td data-label={words.guide.trained}>
        <span className={guide.trained}>{format.percent(share)}</span>
        <small>{format.short(estimate?.trainedParameters)}</small>
      </td>
      <td data-label={words.guide.memory}>
        {format.bytes(estimate?.step.peakBytes)}
        {estimate && budget !== null && (
          <small>
            <FitBadge fit={fitOf(estimate.step.peakBytes, budget)} />
          </small>
        )}
      </td>
      <td data-label={words.guide.step}>
        {format.duration(estimate?.time.step)}
        {estimate?.recomputesLayers && <small>{words.guide.recomputes}</small>}
      </td>
    </>
  );
}
