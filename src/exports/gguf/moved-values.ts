/** Values that lie in a GGUF file otherwise than in transformers. */
import type { GgufFile } from '../../files/gguf-read.ts';
import type { ParameterInfo, TextModel } from '../../models/model.ts';
import { restored, transposed } from './arrangements.ts';
import { type GgufFamily, ggufName } from './family.ts';

export const isMoved = (family: GgufFamily, model: TextModel, info: ParameterInfo): boolean =>
  Boolean(info.transposed || family.arrangement?.(info, model) || family.change?.(info));

/** The values of a parameter as transformers has them. */
export async function parameterFloats(
  file: GgufFile,
  family: GgufFamily,
  model: TextModel,
  info: ParameterInfo,
): Promise<Float32Array<ArrayBuffer>> {
  const written = await file.readFloats(ggufName(family, info.name)!);
  const change = family.change?.(info);
  const values = change ? written.map(change.read) : written;
  if (info.transposed) return transposed(values, info.shape[1]!, info.shape[0]!);
  const arrangement = family.arrangement?.(info, model);
  return arrangement ? restored(values, arrangement) : values;
}
