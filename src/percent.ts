/**
 * A share as every text gives it, in both languages: 0.76%, without a space. Small shares keep two significant digits:
 * LoRA's 0.05% must not read 0%.
 * @param decimals so many, for a share so near the whole that rounding would make it 100%
 */
export function percentText(share: number, decimals?: number): string {
  const percent = 100 * share;
  if (decimals !== undefined) return `${percent.toFixed(decimals)}%`;
  return `${percent >= 10 ? Math.round(percent) : Number(percent.toPrecision(2))}%`;
}
