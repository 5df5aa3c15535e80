import type { Action, Doubt, Finding, HeldOut, Note } from '../../worker/protocol.ts';
import type { verdictEn } from './en-verdict.ts';
import { changesOf, figure, percent, rate, rowsOf } from './verdict-figures.ts';

/** `range` は、それが付く件数のすぐ後に置きます。 */
function score(heldOut: HeldOut, range = ''): string {
  const { metric, tuned, base, blind, more, rows } = heldOut;
  const beside = (say: (value: number) => string) => {
    const said = [range, base === null ? '' : `ベースモデルは ${say(base)}`].filter((text) => text !== '');
    return said.length === 0 ? '' : `(${said.join('、')})`;
  };
  switch (metric) {
    case 'matches':
      return `検証データ ${rows} 件のうち ${rowsOf(tuned, heldOut)} 件の回答が一致${beside((value) => `${rowsOf(value, heldOut)} 件`)}`;
    case 'accuracy': {
      const f1 = more.macroF1 == null ? '' : `、マクロ F1 ${figure(more.macroF1)}`;
      return `検証データ ${rows} 件のうち ${rowsOf(tuned, heldOut)} 件が正解${beside((value) => `${rowsOf(value, heldOut)} 件`)}${f1}。最多クラスだけ答えた場合は ${rowsOf(blind, heldOut)} 件`;
    }
    case 'words':
      return `検証データ ${rows} 件のタグの正解率 ${percent(tuned)}${beside(percent)}`;
    case 'f1':
      return `検証データ ${rows} 件で F1 ${figure(tuned)}${beside(figure)}`;
    case 'r2':
      return `検証データ ${rows} 件で R² ${figure(tuned)}${beside(figure)}。平均値だけ答えた場合は 0`;
    case 'bleu':
      return `検証データ ${rows} 件の回答で BLEU ${figure(tuned)}${beside(figure)}`;
    case 'judge':
      return `検証データ ${rows} 件の回答への評価モデルの採点は平均 ${figure(tuned)} 点(10 点満点)${beside((value) => `${figure(value)} 点`)}`;
    case 'preferences':
      return `検証データ ${rows} 組のうち ${rowsOf(tuned, heldOut)} 組${beside((value) => `${rowsOf(value, heldOut)} 組`)}で、chosen の回答が優位です(偶然なら半数)`;
    case 'verdicts':
      return `検証データ ${rows} 件のうち ${rowsOf(tuned, heldOut)} 件の回答で、よしあしがラベルどおりに区別されています(${range && `${range}、`}多い方のラベルだけなら ${rowsOf(blind, heldOut)} 件)`;
    case 'found':
      return `検証データ ${rows} 件のうち ${rowsOf(tuned, heldOut)} 件が、対応するテキストを 1 位に見つけました${beside((value) => `${rowsOf(value, heldOut)} 件`)}`;
    case 'spearman':
      return `検証データ ${rows} 組でスピアマン相関 ${figure(tuned)}${beside(figure)}`;
    case 'perplexity':
      return `検証データ ${rows} 件のパープレキシティ ${figure(tuned)}${beside(figure)}`;
  }
}

const scored = (heldOut: HeldOut | null): string => (heldOut ? `${score(heldOut)}。` : '');

const doubts: Readonly<Record<Doubt, (rows: number) => string>> = {
  none: () => '検証データがないため、学習できたかどうか判断できません。',
  few: (rows) => `検証データが ${rows} 件と少なく、学習できたかどうか判断できません。`,
  seen: () => '検証データの大半が学習データにも含まれているため、学習できたかどうか判断できません。',
  'held-one-class': () => '検証データの回答がすべて同じため、学習できたかどうか判断できません。',
  'not-asked': () => '回答した検証データが足りないため、学習できたかどうか判断できません。',
};

function sentence(finding: Finding): string {
  switch (finding.kind) {
    case 'learned':
    case 'partly': {
      const { interval } = finding;
      const range = interval ? `95% 信頼区間 ${percent(interval.low)}～${percent(interval.high)}` : '';
      return `${finding.kind === 'learned' ? '学習できました' : '一部だけ学習できました'}：${score(finding.heldOut, range)}。`;
    }
    case 'not-yet': {
      const why =
        finding.rate === null
          ? `この学習率では ${finding.updates} 回の更新は少なすぎます`
          : `学習率 ${rate(finding.rate)} は小さすぎます`;
      return `まだ学習できていません：${why}。${scored(finding.heldOut)}`;
    }
    case 'stuck':
      return `学習できていません：${finding.updates} 回更新しても損失は ${figure(finding.loss.from)} から ${figure(finding.loss.to)} です。回答の手がかりがプロンプトの列にあるか確認してください。`;
    case 'cut':
      return `学習できませんでした：学習データ ${finding.rows} 件のうち ${finding.cut} 件が ${finding.length} トークンで切り詰められています。`;
    case 'by-heart': {
      const kept = finding.kept ? '最良の重みを保存しました' : '保存したのは最後の重みです';
      const why =
        finding.step === null
          ? '検証データでは良くなっていません'
          : `ステップ ${finding.step} 以降、検証損失が上がりました。${kept}`;
      return `過学習しています：${why}。${scored(finding.heldOut)}`;
    }
    case 'broke': {
      const what = finding.loss
        ? `損失が ${figure(finding.loss.from)} から ${figure(finding.loss.to)} に上がりました`
        : `ステップ ${finding.step} の後、損失が数値でなくなりました`;
      const kept = finding.kept === null ? '' : `ステップ ${finding.kept} の重みを保存してあります。`;
      return `学習が破綻しました：${what}。${kept}`;
    }
    case 'worse':
      return `学習前より悪くなりました：${score(finding.heldOut)}。`;
    case 'base-as-good':
      return `ベースモデルから良くなっていません：${score(finding.heldOut)}。`;
    case 'one-class':
      return '学習データがすべて同じクラスのため、見分けるものがありません。';
    case 'cannot-tell':
      return `${doubts[finding.why](finding.rows)}${scored(finding.heldOut)}`;
    case 'loss-fell':
      return `検証損失は ${figure(finding.loss.from)} から ${figure(finding.loss.to)} に下がりました。回答はまだ確かめていません。`;
    case 'stopped': {
      const loss = finding.loss
        ? `損失は ${figure(finding.loss.from)} から ${figure(finding.loss.to)} になりました。`
        : '';
      return `${finding.total} ステップのうち ${finding.step} で停止しました。${loss}`;
    }
    case 'untrained':
      return '一度も更新していません。モデルは元のままです。';
  }
}

const general = ({ divergence, perplexity: { from, to } }: Extract<Note, { readonly kind: 'forgot' | 'remembers' }>) =>
  `一般文でのベースモデルとの差は 1 トークンあたり ${figure(divergence)} ナット、パープレキシティは ${figure(from)} → ${figure(to)}`;

function note(found: Note): string {
  switch (found.kind) {
    case 'seen':
      return `検証データ ${found.of} 件のうち ${found.rows} 件は学習データにも含まれ、実際より良い結果に見えます。`;
    case 'cut':
      return `学習データ ${found.rows} 件のうち ${found.cut} 件が最大トークン長で切り詰められています。`;
    case 'rose':
      return `ステップ ${found.step} 以降、検証損失が上がりました。保存したのは${found.kept ? '最良' : '最後'}の重みです。`;
    case 'out-of-patience':
      return `ステップ ${found.step} で早期終了しました：検証損失が ${found.evaluations} 回の評価で下がりませんでした(early_stopping_patience)。`;
    case 'beyond-limit':
      return `ステップ ${found.step} で早期終了しました：一般文でのベースモデルとの差が 1 トークンあたり ${figure(found.divergence)} ナットとなり、上限の ${figure(found.limit)} を超えました(forgetting_limit)。`;
    case 'kept':
      return `評価した中で最良だったステップ ${found.step}(全 ${found.last} ステップ)の重みを保存しました。`;
    case 'labels-shuffled':
      return '検証データの結果は最多クラスだけ答えた場合と変わりません。ラベルが行と合っているか確認してください。';
    case 'remembers':
      return `元の知識は保たれています：${general(found)}。`;
    case 'forgot':
      return `元の知識の多くが失われました：${general(found)}。`;
  }
}

const settingNames: Readonly<Record<string, (value: string) => string>> = {
  learning_rate: (value) => `学習率 ${value} で`,
  epochs: (value) => `${value} エポックで`,
  max_length: (value) => `最大 ${value} トークンで`,
  save_checkpoint: () => '最良の重みを保存して',
  validation_size: (value) => `検証データを ${percent(Number(value))} にして`,
};

function action(next: Action): string {
  switch (next.kind) {
    case 'chat':
      return 'チャットで試す';
    case 'download':
      return 'ダウンロード';
    case 'resume':
      return '再開';
    case 'check-data':
      return 'データを確認';
    case 'add-rows':
      return 'データを増やす';
    case 'answer-rows':
      return '検証データで評価';
    case 'train-on':
      return `続けて学習：${next.epochs} エポック`;
    case 'again':
      return [...changesOf(next.settings).flatMap(([key, value]) => settingNames[key]?.(value) ?? []), 'やり直す'].join(
        '',
      );
  }
}

/** 学習の結果の判定の言葉。 */
export const verdictJa: typeof verdictEn = {
  title: '判定',
  score,
  sentence,
  note,
  action,
  hint: (next) =>
    next.kind === 'train-on'
      ? 'この学習をエポックを増やして続けます。学習率はいったん上がり、新しい終わりに向けて下がります。'
      : '',
  tryIt: '試す',
};
