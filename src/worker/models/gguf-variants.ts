/** GGUF files of a repository, judged by their names; what the head of one says is seen when it is opened. */
import { AppError, because, type Reason } from '../../errors.ts';
import { ggufTypes } from '../../files/gguf-types.ts';
import { ggufModels } from '../../files/needed-files.ts';
import type { GgufVariant } from './messages.ts';

/** What llama.cpp calls the mix of types in a file, at the end of its name. */
const mixName = /[-_.]((?:UD-)?(?:I?Q\d\w*|TQ\d_\d|BF16|FP?16|FP?32|MXFP4\w*))\.gguf$/i;
/** Mixes all of which hold tensors of a type that is not read here. Q4_K_S has Q5_K in its first layers. */
const unread = /^(UD-)?(IQ\d|Q[1235]|Q4_1|Q4_K_S|TQ|MXFP)/i;

/** What the name of a GGUF file says of it. */
export function ggufVariant(path: string): Pick<GgufVariant, 'type' | 'refusal'> {
  const type = mixName.exec(path)?.[1]?.toUpperCase() ?? null;
  const refused = (reason: Reason) => {
    const { code, params } = new AppError('gguf-form', { file: path, reason });
    return { type, refusal: { code, params } };
  };
  if (ggufModels([path]).length === 0)
    return refused(/mmproj/i.test(path) ? because`it is for pictures` : because`it is one of several parts`);
  if (type !== null && unread.test(type))
    return refused(because`it is quantised as ${type}; what is read here is ${Object.keys(ggufTypes).join(', ')}`);
  return { type, refusal: null };
}
