import { useStudio, useWords } from '../context.tsx';
import parts from '../parts/parts.module.css';

/** Says that this browser gives the page no storage, so that what is wanted is downloaded in time. */
export function NothingKeptNote() {
  const { nothingKept } = useWords().place;
  const shown = useStudio((state) => state.keepsNothing);
  if (!shown) return null;
  return (
    <div className={parts.notice} role="note" data-testid="nothing-kept">
      <strong>{nothingKept.title}</strong>
      <p>{nothingKept.why}</p>
    </div>
  );
}
