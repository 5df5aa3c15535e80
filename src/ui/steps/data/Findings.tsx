import { dataProblem, findingsOf } from '../../checks.ts';
import { useStudio } from '../../context.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import parts from '../../parts/parts.module.css';
import { RemedyButton } from '../../parts/RemedyButton.tsx';
import { wordError } from '../../text/word-error.ts';

/** Why no run can start with the open table, and what its result will not tell; each with what mends it. */
export function Findings() {
  const language = useStudio((state) => state.language);
  const problem = useStudio(dataProblem);
  const findings = useStudio(findingsOf);
  const remedy = findings.find(({ code }) => code === problem?.code)?.remedy;
  return (
    <>
      <ErrorNote error={problem}>
        <RemedyButton remedy={remedy} />
      </ErrorNote>
      {findings
        .filter(({ blocks }) => !blocks)
        .map((finding) => {
          const { cause, action } = wordError(language, finding);
          return (
            <div key={finding.code} className={parts.notice} role="status" data-finding={finding.code}>
              <p>
                <strong>{cause}</strong> {action}
              </p>
              <RemedyButton remedy={finding.remedy} />
            </div>
          );
        })}
    </>
  );
}
