import { useDisclosure } from '@mantine/hooks';
import { spreadsheetCsv } from '../../data/csv-text.ts';
import type { StepMemory } from '../../worker/protocol.ts';
import { SvgFigure } from '../charts/SvgFigure.tsx';
import { useWords } from '../context.tsx';
import { useFormat } from '../use-format.ts';
import { CardFold } from './CardFold.tsx';
import { memoryColours } from './memory-colours.ts';

const height = 148;
const [left, top, bottom] = [4, 16, 14];

/** Memory in use by dispatch over one optimizer step, by kind, against what the run takes and may take. */
export function MemoryOverStep({ memory, budget }: { memory: StepMemory; budget: number | null }) {
  const words = useWords();
  const format = useFormat();
  const [open, { toggle }] = useDisclosure(false);
  const { overStep } = words.card;
  const staying = stayingBytes(memory);
  const peak = staying + memory.reserved;
  const used = memory.points.map(({ kept, working }) => staying + kept + working);
  const text = [
    overStep.text(
      format.bytes(Math.min(...used)),
      format.bytes(Math.max(...used)),
      placeOf(memory, words.card.overStep),
    ),
    overStep.reserved(format.bytes(peak)),
    budget === null ? '' : overStep.limit(format.bytes(budget)),
  ];
  return (
    <CardFold title={overStep.title} open={open} onToggle={toggle} testId="over-step">
      {open && (
        <SvgFigure
          title={overStep.title}
          text={text.join(' ')}
          fileName="memory-over-step"
          height={height}
          testId="over-step"
          csv={() => memoryCsv(memory)}
        >
          {(width) => <Drawing memory={memory} budget={budget} width={width} />}
        </SvgFigure>
      )}
    </CardFold>
  );
}

const stayingBytes = ({ staying }: StepMemory): number => Object.values(staying).reduce((sum, bytes) => sum + bytes, 0);

/** In which part of the step the most memory is in use. */
function placeOf({ most, microStep, turn }: StepMemory, words: Record<'forward' | 'backward' | 'update', string>) {
  if (most.dispatch >= microStep) return words.update;
  return most.dispatch < turn ? words.forward : words.backward;
}

function Drawing({ memory, budget, width }: { memory: StepMemory; budget: number | null; width: number }) {
  const words = useWords();
  const format = useFormat();
  const { overStep } = words.card;
  const { points, reserved, dispatches, microStep, turn } = memory;
  const staying = stayingBytes(memory);
  const peak = staying + reserved;
  // A limit far away would leave a flat line at the bottom.
  const limit = budget !== null && budget < 2 * peak ? budget : null;
  const scale = (height - top - bottom) / (1.05 * Math.max(peak, limit ?? 0));
  const y = (bytes: number) => height - bottom - bytes * scale;
  const x = (dispatch: number) => left + ((width - 2 * left) * dispatch) / dispatches;
  let below = 0;
  const layers = memoryColours.flatMap(([kind, colour]) => {
    const bytes = kind === 'activations' ? 0 : memory.staying[kind];
    if (bytes === 0) return [];
    below += bytes;
    return [
      <rect
        key={kind}
        x={left}
        width={width - 2 * left}
        y={y(below)}
        height={bytes * scale}
        style={{ fill: colour }}
      />,
    ];
  });
  const steps = (to: (index: number) => number) => {
    const path = points.map((point, index) => {
      const end = points[index + 1]?.dispatch ?? dispatches;
      return `${index === 0 ? 'M' : 'L'}${x(index === 0 ? 0 : point.dispatch)} ${y(to(index))}H${x(end)}`;
    });
    return `${path.join('')}V${y(staying)}H${x(0)}Z`;
  };
  const activations = memoryColours.find(([kind]) => kind === 'activations')![1];
  return (
    <>
      {layers}
      <path
        d={steps((index) => staying + points[index]!.kept + points[index]!.working)}
        style={{ fill: `color-mix(in srgb, ${activations} 45%, var(--at-surface))` }}
      />
      <path d={steps((index) => staying + points[index]!.kept)} style={{ fill: activations }} />
      <Level y={y(peak)} width={width} text={overStep.peak(format.bytes(peak))} colour="var(--at-ink)" />
      {limit !== null && (
        <Level y={y(limit)} width={width} text={overStep.limitLine(format.bytes(limit))} colour="var(--at-bad)" atEnd />
      )}
      {(
        [
          [0, overStep.forward],
          [turn, overStep.backward],
          [microStep, overStep.update],
        ] as const
      ).map(([at, name], index, all) => (
        <Part key={name} from={x(at)} to={x(all[index + 1]?.[0] ?? dispatches)} name={name} />
      ))}
    </>
  );
}

function Level(props: { y: number; width: number; text: string; colour: string; atEnd?: boolean }) {
  const { y, width, text, colour, atEnd = false } = props;
  return (
    <>
      <line x1={left} x2={width - left} y1={y} y2={y} strokeDasharray="4 3" style={{ stroke: colour }} />
      <text x={atEnd ? width - left : left} y={y - 3} textAnchor={atEnd ? 'end' : 'start'} style={{ fill: colour }}>
        {text}
      </text>
    </>
  );
}

/** A stretch of the step with its name below, where that has room. */
function Part({ from, to, name }: { from: number; to: number; name: string }) {
  return (
    <>
      <line x1={from} x2={from} y1={height - bottom} y2={height - bottom + 4} style={{ stroke: 'var(--at-soft)' }} />
      {to - from > 7 * name.length && (
        <text x={(from + to) / 2} y={height - 2} textAnchor="middle">
          {name}
        </text>
      )}
    </>
  );
}

/** Bytes in use at each point, by kind. */
function memoryCsv({ points, staying, reserved }: StepMemory): string {
  const kinds = Object.keys(staying) as (keyof typeof staying)[];
  return spreadsheetCsv(
    ['dispatch', 'scope', ...kinds, 'activations_kept', 'activations_working', 'activations_reserved'],
    points.map(({ dispatch, scope, kept, working }) => [
      ...[dispatch, scope, ...kinds.map((kind) => staying[kind])],
      ...[kept, working, reserved],
    ]),
  );
}
