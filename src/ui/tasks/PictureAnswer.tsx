import { useState } from 'react';
import { type AppError, toAppError } from '../../errors.ts';
import type { ClassChance } from '../../worker/protocol.ts';
import { useCommands, useWords } from '../context.tsx';
import { BlobImage } from '../parts/BlobImage.tsx';
import { DropZone } from '../parts/DropZone.tsx';
import { ErrorNote } from '../parts/ErrorNote.tsx';
import { FilePicker } from '../parts/FilePicker.tsx';
import { Section } from '../parts/Section.tsx';
import { useFormat } from '../use-format.ts';
import styles from './answer.module.css';

const sides = ['base', 'tuned'] as const;
/** Classes shown of each side. */
const shown = 5;

interface Asked {
  readonly picture: Blob;
  readonly answer: Readonly<Record<'base' | 'tuned', readonly ClassChance[]>> | null;
  readonly error: AppError | null;
}

/** A picture, and what the published model and the tuned one take it for. */
export function PictureAnswer({ runId }: { runId: string }) {
  const words = useWords();
  const { classifyPicture } = useCommands();
  const [asked, setAsked] = useState<Asked | null>(null);
  const ask = async (picture: Blob | undefined) => {
    if (!picture) return;
    setAsked({ picture, answer: null, error: null });
    try {
      setAsked({ picture, answer: await classifyPicture(runId, picture), error: null });
    } catch (thrown) {
      setAsked({ picture, answer: null, error: toAppError(thrown) });
    }
  };
  return (
    <Section title={words.pictures.use}>
      <DropZone title={words.pictures.dropOne} text={words.pictures.useText} onFiles={([file]) => void ask(file?.blob)}>
        <FilePicker
          label={words.pictures.chooseOne}
          accept="image/*"
          variant="filled"
          onFiles={([file]) => void ask(file?.blob)}
          testId="picture-file"
        />
      </DropZone>
      <ErrorNote error={asked?.error ?? null} />
      {asked && !asked.error && (
        <div className={styles.answer} data-testid="picture-answer">
          <BlobImage blob={asked.picture} alt="" className={styles.picture!} />
          {sides.map((side) => (
            <section key={side} aria-label={words.use[side]} data-side={side}>
              <h3>{words.use[side]}</h3>
              {asked.answer ? (
                <Chances chances={asked.answer[side]} side={side} />
              ) : (
                <span role="status">{words.pictures.looking}</span>
              )}
            </section>
          ))}
        </div>
      )}
    </Section>
  );
}

function Chances({ chances, side }: { chances: readonly ClassChance[]; side: 'base' | 'tuned' }) {
  const words = useWords();
  const format = useFormat();
  return (
    <ol className={styles.chances} aria-label={words.pictures.chance}>
      {chances.slice(0, shown).map(({ name, chance }) => (
        <li key={name}>
          <span>{name}</span>
          <span className="figures">{format.percent(chance)}</span>
          <span className={styles.bar} data-side={side} style={{ width: `${100 * chance}%` }} />
        </li>
      ))}
    </ol>
  );
}
