import type { guideEn } from './en-guide.ts';
import { methodsJa } from './ja-methods.ts';

/** 学習方式を比べる案内と、同じ選択を表すコードの言葉。 */
export const guideJa = {
  guide: {
    title: 'どの方式で学習しますか',
    show: '方式を比べる',
    hide: '比較を閉じる',
    teaser: 'このモデルで、それぞれの方式が何を学習し、どれだけのメモリーと時間を使うかが分かります。',
    places: 'すべての手法の適用先',
    usual: '標準の適用先',
    selected: '選択中のレイヤー',
    lead: {
      usual: '使用中のものも含め、すべての手法を標準の適用先で比べています。',
      selected: 'すべての手法を、ツリーで選択中のレイヤーに適用して比べています。',
    },
    planned: 'このモデル、データ、設定での見積もりです。手法を選ぶと選択が置き換わり、「元に戻す」で戻せます。',
    plannedWithoutData:
      'このモデルと、設定が許す最大トークン長での見積もりです。データを開くと実際の長さになります。手法を選ぶと選択が置き換わり、「元に戻す」で戻せます。',
    selectedWhole: '選択中の重み全体を学習し、ほかは凍結します。',
    placeless: '選択には左右されません。',
    reset: '標準の適用先に戻す',
    resetNamed: (name: string) => `${name} を標準の適用先に戻す`,
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
