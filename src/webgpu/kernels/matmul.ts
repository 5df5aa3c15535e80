import type { MatmulSpec } from '../../plan/kernels/matmul.ts';
import { type DirectMatmul, matmulDirect } from './matmul-direct.ts';
import { matmulShared, type SharedMatmul } from './matmul-shared.ts';
import { matmulSubgroup, type SubgroupMatmul } from './matmul-subgroup.ts';
import type { KernelText } from './wgsl.ts';

/** out = scale · a·b + addend; what a workgroup computes and reads stands with each kind of tile. */
export function matmul(spec: MatmulSpec): KernelText {
  switch (spec.tile.kind) {
    case 'direct':
      return matmulDirect(spec as DirectMatmul);
    case 'shared':
      return matmulShared(spec as SharedMatmul);
    case 'subgroup':
      return matmulSubgroup(spec as SubgroupMatmul);
  }
}
