import { opCases } from '../graph/reference/cases.ts';

/** `direct` is what software adapters get, `staged` (workgroup memory and barriers) what real GPUs get. */
export type KernelForm = 'direct' | 'staged';

/**
 * Tiled attention keeps lavapipe's compiler busy for up to half a minute a kernel; with other sizes of head it is always
 * run, the direct kernels run these always, and ATELIER_ALL_CASES=1 runs everything, as on a machine with a GPU.
 */
const slowToCompile = /^attention.* heads of (20|64|128)$/;
export const runsAll = process.env.ATELIER_ALL_CASES === '1';

/** The reference cases to run with these kernels. */
export const casesFor = (form: KernelForm) =>
  opCases.filter(({ name }) => form === 'direct' || runsAll || !slowToCompile.test(name));
