import type { MatmulSpec } from '../../plan/kernels.ts';
import type { Access } from '../../plan/types.ts';
import { type DirectMatmul, matmulDirect } from './matmul-direct.ts';
import { matmulShared, type SharedMatmul } from './matmul-shared.ts';

/** out = scale · a·b + addend; what a workgroup computes and reads stands with each kind of tile. */
export function matmul(spec: MatmulSpec, access: readonly Access[]): string {
  return spec.tile.kind === 'direct'
    ? matmulDirect(spec as DirectMatmul, access)
    : matmulShared(spec as SharedMatmul, access);
}
