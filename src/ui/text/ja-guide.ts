import type { guideEn } from './en-guide.ts';
import { methodsJa } from './ja-methods.ts';

/** 学習方式を比べる案内と、同じ選択を表すコードの言葉。 */
export const guideJa = {
  guide: {
    title: 'どの方式で学習しますか',
    show: '方式を比べる',
    hide: '比較を閉じる',
    teaser: 'このモデルで、それぞれの方式が何を学習し、どれだけのメモリーと時間を使うかが分かります。',
    lead: '使用中の方式は今のチェックのまま、ほかはいつもの場所に使い、このモデル、このデータ、今の設定で計画した値です。選ぶとチェックが置き換わり、「元に戻す」で戻せます。',
    leadWithoutData:
      '使用中の方式は今のチェックのまま、ほかはいつもの場所に使い、このモデルで、設定が許す最も長い行を計画した値です。データを開くと実際の長さになります。選ぶとチェックが置き換わり、「元に戻す」で戻せます。',
    method: '方式',
    trained: '学習する割合',
    memory: 'メモリー',
    step: '1 ステップ',
    choose: '選ぶ',
    chooseNamed: (name: string) => `${name} を選ぶ`,
    current: '使用中',
    recomputes: '層を二度計算',
    lastLayers: (n: string) => `最後の ${n} 層を丸ごと学習し、ほかは凍結します。`,
    choices: methodsJa.guide,
  },
  code: {
    title: 'コードで見る',
    show: 'Python で見る',
    hide: 'コードを閉じる',
    copy: 'コピー',
    copied: 'コピーしました',
  },
} satisfies typeof guideEn;
