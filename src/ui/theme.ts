import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from '@mantine/core';

/**
 * The whole look, in one place. A calm instrument: ink on paper, hairlines, and colour only where it says something.
 * `trained` marks what learns (ticks, LoRA badges, learned tokens, the bold curve), `base` marks validation and the
 * base model, and what is frozen stays neutral. Components read the `--at-…` variables and no colour of their own.
 */

const sans =
  '"Seravek", "Gill Sans Nova", "Segoe UI", "Ubuntu", "Source Sans 3", "Hiragino Sans", "Yu Gothic UI", "Noto Sans CJK JP", "Noto Sans", sans-serif';
const mono =
  'ui-monospace, "SF Mono", "Cascadia Mono", "Source Code Pro", "Menlo", "Consolas", "Noto Sans Mono CJK JP", "DejaVu Sans Mono", monospace';

const ink: MantineColorsTuple = [
  '#f4f6f6',
  '#e4ebe9',
  '#cdd8d5',
  '#a9b9b5',
  '#82958f',
  '#63766f',
  '#4c5d58',
  '#384744',
  '#1f2d2a',
  '#14211f',
];
const trained: MantineColorsTuple = [
  '#e2f6f0',
  '#c4ebe0',
  '#93dcc9',
  '#5ccdb1',
  '#3fcfae',
  '#12a583',
  '#008a6d',
  '#00705c',
  '#005b4b',
  '#00463a',
];
const base: MantineColorsTuple = [
  '#fdf4e1',
  '#f9e6bf',
  '#f2d08b',
  '#eabd60',
  '#e2ac4a',
  '#c98a1d',
  '#ab700a',
  '#875600',
  '#6e4600',
  '#543500',
];

/** Mantine's own dark surfaces, in the hue of ours: inputs, menus and hovers read these. */
const dark: MantineColorsTuple = [
  '#e4ebe9',
  '#c3cecb',
  '#9aaba6',
  '#63756f',
  '#2a3634',
  '#1d2725',
  '#151c1b',
  '#0e1413',
  '#0b100f',
  '#070a0a',
];

/** Ink buttons are dark on light and light on dark: their text is the paper's colour, which Mantine cannot know. */
const variantColors: VariantColorsResolver = (input) => {
  const colors = defaultVariantColorsResolver(input);
  const isInk = input.variant === 'filled' && (input.color === undefined || input.color === 'ink');
  return isInk ? { ...colors, color: 'var(--at-paper)' } : colors;
};

export const theme = createTheme({
  fontFamily: sans,
  fontFamilyMonospace: mono,
  fontSizes: { xs: '12px', sm: '13.5px', md: '15px', lg: '17px', xl: '20px' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.5', lg: '1.5', xl: '1.4' },
  headings: {
    fontFamily: sans,
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '26px', lineHeight: '32px' },
      h2: { fontSize: '18px', lineHeight: '24px' },
      h3: { fontSize: '15px', lineHeight: '24px' },
    },
  },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '40px' },
  radius: { xs: '2px', sm: '4px', md: '6px', lg: '8px', xl: '12px' },
  defaultRadius: 'sm',
  colors: { ink, trained, base, dark },
  variantColorResolver: variantColors,
  primaryColor: 'ink',
  primaryShade: { light: 8, dark: 1 },
  autoContrast: true,
  luminanceThreshold: 0.4,
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // An open list follows its field when what arrives above pushes it down.
    Select: { defaultProps: { comboboxProps: { hideDetached: false } } },
    // Its own choice is made for the light scheme.
    Checkbox: { defaultProps: { iconColor: 'var(--mantine-primary-color-contrast)' } },
    Switch: { styles: { label: { fontWeight: 500 } } },
    // Fields of one row stand on one line, however long their hints.
    InputWrapper: { defaultProps: { inputWrapperOrder: ['label', 'input', 'error', 'description'] } },
  },
});

const lightPalette = {
  paper: '#f3f6f5',
  surface: '#ffffff',
  ink: '#14211f',
  soft: '#53625e',
  line: '#d8e0de',
  hover: '#eaf0ee',
  trained: '#00705c',
  'trained-tint': '#d9f2ea',
  base: '#875600',
  'base-tint': '#fbeed3',
  bad: '#b3261e',
  'bad-tint': '#fdeceb',
};

const darkPalette: typeof lightPalette = {
  paper: '#0e1413',
  surface: '#151c1b',
  ink: '#e4ebe9',
  soft: '#9aaba6',
  line: '#2a3634',
  hover: '#1d2725',
  trained: '#3fcfae',
  'trained-tint': '#103a31',
  base: '#e2ac4a',
  'base-tint': '#3a2d10',
  bad: '#ff8f85',
  'bad-tint': '#3a1b19',
};

function variables(palette: typeof lightPalette) {
  const own = Object.fromEntries(Object.entries(palette).map(([name, value]) => [`--at-${name}`, value]));
  return {
    ...own,
    '--mantine-color-body': palette.paper,
    '--mantine-color-text': palette.ink,
    '--mantine-color-dimmed': palette.soft,
    '--mantine-color-placeholder': palette.soft,
    '--mantine-color-default': palette.surface,
    '--mantine-color-default-hover': palette.hover,
    '--mantine-color-default-color': palette.ink,
    '--mantine-color-default-border': palette.line,
    '--mantine-color-error': palette.bad,
    '--mantine-color-anchor': palette.ink,
  };
}

/** The two palettes as CSS variables. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: { '--at-rail': '208px', '--at-card': '304px' },
  light: variables(lightPalette),
  dark: variables(darkPalette),
});
