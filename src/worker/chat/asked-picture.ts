import type { ImageInput } from '../../models/image-model.ts';
import { requireImageModel } from '../../models/model.ts';
import type { ClassChance } from '../../tasks/answers.ts';
import { probabilities } from '../../tasks/scores.ts';
import { classifyPicture } from '../../training/results/classify.ts';
import type { ModelSession } from '../../training/session/model-session.ts';
import { readApart } from '../reading/read-apart.ts';
import type { ChatSide } from './messages.ts';

/** What one side says of a picture, the likeliest class first. @throws AppError 'task-unsupported', 'picture-unreadable', 'picture-too-large' */
export async function askOfPicture(session: ModelSession, file: Blob, side: ChatSide): Promise<readonly ClassChance[]> {
  const { classifier, input } = requireImageModel(session.open.model);
  const logits = await classifyPicture(session, await pixelsOf(file, input), side);
  const chances = probabilities(classifier.problem, logits);
  return Array.from(chances, (chance, index) => ({ name: classifier.names[index] ?? String(index), chance })).sort(
    (a, b) => b.chance - a.chance,
  );
}

async function pixelsOf(file: Blob, crop: ImageInput): Promise<Uint8Array> {
  const name = file instanceof File ? file.name : '';
  const given = { blobs: new Map([[name, file]]), named: [{ path: name, label: '' }], crop };
  const { pictures } = await readApart('pixels', given, { file: name, bytes: file.size });
  return pictures[0]!.pixels;
}
