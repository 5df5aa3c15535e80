import type { MatmulSpec } from '../../plan/kernels.ts';
import type { Access } from '../../plan/types.ts';
import { type DirectMatmul, matmulDirect } from './matmul-direct.ts';
import { matmulShared, type SharedMatmul } from './matmul-shared.ts';
import { matmulSubgroup, type SubgroupMatmul } from './matmul-subgroup.ts';
import type { Shader } from './wgsl.ts';

/** out = scale · a·b + addend; what a workgroup computes and reads stands with each kind of tile. */
export function matmul(spec: MatmulSpec, access: readonly Access[]): Shader {
  switch (spec.tile.kind) {
    case 'direct':
      return matmulDirect(spec as DirectMatmul, access);
    case 'shared':
      return matmulShared(spec as SharedMatmul, access);
    case 'subgroup':
      return matmulSubgroup(spec as SubgroupMatmul, access);
  }
}
