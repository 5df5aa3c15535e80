import { Button, Collapse } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { AppError } from '../../../errors.ts';
import type { CostEstimate } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { fitOf } from '../../levers.ts';
import { FitBadge } from '../../parts/FitBadge.tsx';
import { Section } from '../../parts/Section.tsx';
import { wordError } from '../../text/word-error.ts';
import { useEstimates } from '../../use-estimates.ts';
import { useFormat } from '../../use-format.ts';
import guide from './guide.module.css';
import { currentChoice, lastLayers, tuningChoices } from './tuning-choices.ts';

type Choice = ReturnType<typeof tuningChoices>[number];

/** The ways to tune side by side, each with what its plan says for this model and this data. */
export function Guide() {
  const words = useWords();
  const [open, { toggle }] = useDisclosure(false);
  const note = (
    <Button variant="default" size="compact-sm" aria-expanded={open} onClick={toggle} data-testid="guide-toggle">
      {open ? words.guide.hide : words.guide.show}
    </Button>
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
  const { config, hasData, now } = useStudio(({ config, data, tuning }) => ({
    config,
    hasData: data.value !== null,
    now: tuning.value,
  }));
  const current = now ? currentChoice(config, now.totalParameters, now.trainedParameters) : null;
  // The one in use is shown as it is ticked, with the figures that the run card has.
  const choices = tuningChoices(config).map((choice) => (choice.id === current ? { ...choice, config } : choice));
  const estimates = useEstimates(choices, active);
  // A method that this model does not take is not offered.
  const offered = choices.filter(({ id }) => {
    const estimate = estimates.get(id);
    return !(estimate instanceof AppError && estimate.code === 'setting-unsupported');
  });
  return (
    <>
      <p className={guide.lead}>{hasData ? words.guide.lead : words.guide.leadWithoutData}</p>
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
              current={choice.id === current}
            />
          ))}
        </tbody>
      </table>
    </>
  );
}

interface RowProps {
  readonly choice: Choice;
  readonly estimate: CostEstimate | AppError | undefined;
  readonly current: boolean;
}

function ChoiceRow({ choice: { id, config }, estimate, current }: RowProps) {
  const words = useWords();
  const { takeConfig } = useCommands();
  const language = useStudio((state) => state.language);
  const { what, when } = words.guide.choices[id];
  const failed = estimate instanceof AppError;
  return (
    <tr data-choice={id} data-current={current} aria-busy={estimate === undefined}>
      <th scope="row">
        <span className={guide.name}>{words.guide.choices[id].name}</span>
        <span className={guide.what}>{id === 'layers' ? words.guide.lastLayers(String(lastLayers)) : what}</span>
        <span className={guide.when}>{failed ? wordError(language, estimate).cause : when}</span>
      </th>
      <Figures estimate={failed ? undefined : estimate} />
      <td>
        {current ? (
          <span className={guide.current}>{words.guide.current}</span>
        ) : (
          !failed && (
            <Button
              size="compact-sm"
              variant="default"
              aria-label={words.guide.chooseNamed(words.guide.choices[id].name)}
              onClick={() => takeConfig(config)}
            >
              {words.guide.choose}
            </Button>
          )
        )}
      </td>
    </tr>
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
        {format.duration(estimate?.step.seconds)}
        {estimate?.recomputesLayers && <small>{words.guide.recomputes}</small>}
      </td>
    </>
  );
}
