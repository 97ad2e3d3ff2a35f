/** Numbers as people read them: bytes, counts, shares, durations. Units follow a no-break space. */

const NBSP = '\u00a0';
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB'] as const;

/** Three significant digits, no trailing zeros: 1.5, 47.1, 812. */
function significant(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}

function inByteUnits(bytes: number, write: (value: number) => string): string {
  let value = bytes;
  let unit = 0;
  while (unit < BYTE_UNITS.length - 1 && Math.abs(unit === 0 ? Math.round(value) : Number(write(value))) >= 1024) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? String(Math.round(value)) : write(value)}${NBSP}${BYTE_UNITS[unit]!}`;
}

/** `48 KiB`, `812 B`, `1.25 MiB`: at most three significant digits, powers of 1024. */
export function formatBytes(bytes: number): string {
  return inByteUnits(bytes, significant);
}

/** `3.995 KiB`: what is round already, with all its digits, so that the ticks of an axis stay apart. */
export function formatRoundBytes(bytes: number): string {
  return inByteUnits(bytes, (value) => String(Number(value.toPrecision(6))));
}

/** `4,800 B`: exact, whatever the size. */
export const formatExactBytes = (bytes: number): string => `${formatCount(bytes)} B`;

/** `49,152`. */
export function formatCount(count: number): string {
  return grouped(String(Math.round(count)));
}

/**
 * Commas between thousands. The engine's own way (`toLocaleString`) takes its first call tens of milliseconds, in which
 * an editor would wait.
 */
const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',');

/** How many architectures: `1,259,712`, and beyond 15 digits `3.1 × 10^22`. */
export function formatArchitectures(architectures: bigint): string {
  const digits = architectures.toString();
  return digits.length <= 15 ? grouped(digits) : `${digits[0]!}.${digits[1]!} × 10^${digits.length - 1}`;
}

/** `812`, `12.3 k`, `4.71 M`, `1.2 G`. */
export function formatLarge(count: number): string {
  const steps: readonly (readonly [number, string])[] = [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ];
  const step = steps.find(([size]) => Math.abs(count) >= size);
  return step ? `${significant(count / step[0])}${NBSP}${step[1]}` : String(Math.round(count));
}

/**
 * 0.857 → `85.7 %`. What is something is not written as nothing, `< 0.1 %`, and what is not all not as all, `> 99.9 %`.
 */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.0005) return `< 0.1${NBSP}%`;
  if (share < 1 && share >= 0.9995) return `> 99.9${NBSP}%`;
  return `${(100 * share).toFixed(1).replace(/\.0$/, '')}${NBSP}%`;
}

/** A change as a share of what was: '+12 %', '−25 %'. */
export function formatChange(change: number): string {
  const percent = Math.round(100 * Math.abs(change));
  return percent === 0 ? `±0${NBSP}%` : `${change < 0 ? '−' : '+'}${percent}${NBSP}%`;
}

/** A plain number in about three digits, whatever its size. */
export function formatNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return value.toExponential(2);
  return String(Number(value.toPrecision(3)));
}

/** Whole seconds up: `8 s`, `2 min 5 s`, `1 h 12 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  if (hours > 0) return `${hours}${NBSP}h ${minutes}${NBSP}min`;
  return minutes > 0 ? `${minutes}${NBSP}min ${rest}${NBSP}s` : `${rest}${NBSP}s`;
}

export const UNITS = ['bytes', 'share', 'decibels', 'seconds', 'count', 'number'] as const;
export type Unit = (typeof UNITS)[number];

const BY_UNIT: Readonly<Record<Unit, (value: number) => string>> = {
  bytes: formatBytes,
  share: formatShare,
  decibels: (value) => `${value.toFixed(2)}${NBSP}dB`,
  seconds: (value) => (value < 1 ? `${formatNumber(1000 * value)}${NBSP}ms` : `${formatNumber(value)}${NBSP}s`),
  count: formatLarge,
  number: formatNumber,
};

export function formatUnit(unit: Unit, value: number): string {
  return BY_UNIT[unit](value);
}

/** How a value of a unit with an error is written: in so many of what, and after it. */
const UNCERTAIN: Readonly<Partial<Record<Unit, { readonly scale: number; readonly after: string }>>> = {
  share: { scale: 100, after: `${NBSP}%` },
  decibels: { scale: 1, after: `${NBSP}dB` },
  number: { scale: 1, after: '' },
};

/**
 * A value with its standard error, `78.2 ± 1.3 %`, `31.42 ± 0.08 dB`: the error in one digit, in two where the first is
 * a 1, and the value in no more digits than that. Without an error the value alone.
 */
export function formatUncertain(unit: Unit, value: number, error: number | undefined): string {
  const how = UNCERTAIN[unit];
  if (!how || error === undefined || !(error > 0) || !Number.isFinite(error)) return formatUnit(unit, value);
  const { scale, after } = how;
  const decimals = decimalsOf(scale * error);
  return `${(scale * value).toFixed(decimals)} ± ${(scale * error).toFixed(decimals)}${after}`;
}

/** Digits behind the point that an error leaves to a value. */
function decimalsOf(error: number): number {
  const [digit, exponent] = error.toExponential(0).split('e');
  return Math.min(12, Math.max(0, (digit === '1' ? 1 : 0) - Number(exponent)));
}

/**
 * A layer's zeros: what was decided, and what the weights reached where that is known and another number: '50 %' or '50
 * % → 53.1 %'.
 */
export function formatZeros({
  sparsity,
  achievedSparsity,
}: {
  readonly sparsity: number;
  readonly achievedSparsity?: number | undefined;
}): string {
  const [decided, reached] = [formatShare(sparsity), formatShare(achievedSparsity ?? sparsity)];
  return decided === reached ? decided : `${decided} → ${reached}`;
}
