import type { shortWaysEn } from './en-short-ways.ts';

/** 近道の言葉: 自分の設定を置き換える前の確認と、読み込んだ設定ファイルから開けるもの。 */
export const shortWaysJa = {
  replace: {
    title: '今の設定を置き換えますか?',
    text: (names: string) =>
      `サンプルが ${names} と設定を置き換えます。元のファイルと、保存済みの学習はそのまま残ります。`,
    keep: 'このまま使う',
    replace: '置き換えて学習',
  },
  namedModel: {
    hub: (id: string) => `この設定は ${id} のものですが、そのモデルは読み込まれていません。`,
    open: (id: string) => `${id} を読み込む`,
    folder: (path: string) =>
      `この設定は ${path} にあるモデルのものですが、読み込まれていません。そのフォルダーを選んでください。`,
    choose: 'フォルダーを選ぶ',
  },
} satisfies typeof shortWaysEn;
