/** `udc fit`: bits for an architecture within its memories, layer by layer, without training. */
import { messageOf } from '../../base/error-text.ts';
import { SCHEMES, type SchemeName } from '../../costs/allocate/auxiliary-schemes.ts';
import { architectureToFit, fitBits, OpenDecisionError, type Fit, type FitRow } from '../../costs/allocate/fit-bits.ts';
import type { ScalarPath } from '../../network/types.ts';
import { parseBytes } from '../../language/byte-units.ts';
import { applyEdits } from '../../language/edit-plan.ts';
import { fittedValues } from '../../language/fitted-values.ts';
import { languageOf } from '../../language/language-table.ts';
import { fitBySensitivity, SENSITIVITY_SAMPLES } from '../../runs/fit-sensitivity.ts';
import { NoWeightsError } from '../../runs/fit-weights.ts';
import { writeOutput } from '../../runs/files/output-file.ts';
import { formatBytes, formatCount } from '../../text/format.ts';
import { limitOn } from '../../wire/limits.ts';
import { statedText } from '../../wire/target-name.ts';
import { misused, oneOfOption, readArguments, wholeNumber } from '../arguments.ts';
import { checkData, limitsOf, targetOf } from '../definition-command.ts';
import { fitSubject, type FitSubject } from '../fit-subject.ts';
import { LIMIT_OPTIONS } from '../limit-options.ts';
import { CommandError, EXIT, json, UsageError, type Io } from '../terminal/io.ts';
import { plain, table } from '../terminal/table.ts';
import { usageOf } from '../terminal/usage.ts';

const RULES = ['memory-driven', 'sensitivity'] as const;

export const usage = usageOf(
  'fit',
  {
    'MODEL|RUN':
      "a model definition without choices but of bits; or a finished run: a folder, an id's beginning, `latest`",
  },
  {
    rule: {
      type: 'string',
      value: RULES.join('|'),
      about:
        'what decides: by default memory-driven, which looks at no weight;\nsensitivity: bits and zeros (those of `sparsity: 0 | 0.5`) by the weights of a run, or of `initialWeights`, and by samples',
    },
    samples: { type: 'string', value: 'N', about: 'samples that sensitivities are measured on; 256 by default' },
    budget: LIMIT_OPTIONS.budget,
    activations: {
      type: 'string',
      value: '128KiB',
      about: 'the activation memory, instead of what the definition or the target says',
    },
    target: {
      type: 'string',
      value: 'NAME',
      about: 'another chip than the definition names; `udc targets` lists them',
    },
    scheme: {
      type: 'string',
      value: SCHEMES.map(({ name }) => name).join('|'),
      about: `what is stored beside the weights, instead of what the target counts:\n${SCHEMES.map(({ name, about }) => `${name}: ${about}`).join('\n')}`,
    },
    write: { type: 'boolean', about: 'writes the bits into the definition, and nothing else' },
    out: { type: 'string', value: 'FILE', about: 'writes there and leaves the definition as it is' },
  },
);

export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, usage);
  const rule = oneOfOption('--rule', values.rule ?? 'memory-driven', RULES);
  if (values.samples !== undefined && rule !== 'sensitivity')
    throw misused(usage, '--samples is for --rule sensitivity');
  const samples = wholeNumber('--samples', values.samples ?? String(SENSITIVITY_SAMPLES), 1);
  const scheme = values.scheme === undefined ? undefined : oneOfOption('--scheme', values.scheme, SCHEME_NAMES);
  const activations = values.activations === undefined ? undefined : bytesOption('--activations', values.activations);
  const subject = await fitSubject(positionals[0]!, io);
  const target = targetOf(subject, values.target);
  const limits = limitsOf(subject, target, { budget: values.budget });
  const weightLimit = limitOn(limits, 'weights');
  const activationLimit = activations ?? limitOn(limits, 'activations');
  if (weightLimit === undefined && activationLimit === undefined)
    throw new CommandError(
      `${subject.file}: there is no budget: give --budget 48KiB, or write \`target: { ${statedText(target.name)}, weights: 48 KiB }\``,
    );
  const request = {
    network: subject.network,
    target,
    limits: {
      ...(weightLimit !== undefined && { weights: weightLimit }),
      ...(activationLimit !== undefined && { activations: activationLimit }),
    },
    ...(scheme && { scheme }),
  };
  let fit: Fit;
  let exact: boolean;
  try {
    const architecture = architectureToFit(request);
    const { weights } = subject;
    // Where every weight takes its bits, the table of rates says exactly so.
    exact = target.format === 'packed' || weights?.cover(architecture.operations) === true;
    if (rule === 'sensitivity') {
      if (subject.definition.dataset === undefined)
        throw new CommandError(`${subject.file}: there is no \`dataset:\`; sensitivities are measured on samples`);
      await checkData(subject, io);
      fit = await fitBySensitivity(request, weights, subject.path, samples);
    } else fit = fitBits({ ...request, ...(weights && { bytesAt: weights.bytesAt(target) }) });
  } catch (error) {
    if (error instanceof OpenDecisionError || error instanceof NoWeightsError)
      throw new CommandError(`${subject.file}: ${error.message}`);
    throw error;
  }
  const written = fit.impossible === undefined && (values.write || values.out !== undefined);
  const changed = written ? await write(subject, fit, values.out ?? subject.path) : undefined;
  const { name } = subject.definition;
  io.out(
    values.json
      ? json({ name, target: target.name, rule, ...(scheme && { scheme }), exact, ...fit, ...changed })
      : describe(`${name} for ${target.name}`, fit, exact, subject.weights?.origin),
  );
  if (fit.impossible !== undefined) {
    io.err(plain(`${subject.file}: ${fit.impossible}\n`));
    return EXIT.budget;
  }
  if (changed && !values.json) io.out(plain(`${values.out ?? subject.file}: ${writtenText(changed)}\n`));
  return EXIT.done;
}

const SCHEME_NAMES: readonly SchemeName[] = SCHEMES.map(({ name }) => name);

/** @throws UsageError */
function bytesOption(option: string, text: string): number {
  try {
    return parseBytes(text);
  } catch (error) {
    throw new UsageError(`${option}: ${messageOf(error)}`);
  }
}

/** Values that were written, by their layers. */
interface Written {
  /** By the fit. */
  readonly changed: readonly string[];
  /** Of a run: the others, as it chose them. */
  readonly decided?: readonly string[];
}

/** Writes the bits into the text. */
async function write({ file, text, network, decided }: FitSubject, fit: Fit, out: string): Promise<Written> {
  const plan = languageOf(file).set(text, fittedValues(fit.rows));
  if ('refused' in plan) throw new CommandError(`${file}:${plan.line}:${plan.column}: ${plan.refused}`);
  await writeOutput(out, applyEdits(text, plan.edits));
  const named = (paths: readonly ScalarPath[]): readonly string[] =>
    paths.map(([room, layer, ...keys]) => [network.layers[Number(layer)]?.spec.name ?? room, ...keys].join('.'));
  const changed = named(plan.paths);
  return { changed, ...(decided && { decided: named(decided).filter((one) => !changed.includes(one)) }) };
}

function writtenText({ changed, decided = [] }: Written): string {
  const counted = (names: readonly string[], what: string): readonly string[] =>
    names.length === 0
      ? []
      : [`${names.length} ${names.length === 1 ? 'value' : 'values'} ${what}: ${names.join(', ')}`];
  const said = [...counted(changed, 'written'), ...counted(decided, 'written as the run chose')];
  return said.length === 0 ? 'says so already' : said.join('; ');
}

function describe(title: string, fit: Fit, exact: boolean, origin: string | undefined): string {
  const right = { align: 'right' } as const;
  // Bits of maps, where there is something to say of them.
  const narrow = fit.rows.some(
    ({ activationBefore = '8', activationBits = 8 }) => activationBits < 8 || activationBefore !== '8',
  );
  const columns = [
    { title: 'layer' },
    { title: 'bits', ...right },
    { title: 'fitted', ...right },
    { title: 'bytes', ...right },
    { title: 'fitted', ...right },
    ...(narrow
      ? [
          { title: 'maps', ...right },
          { title: 'fitted', ...right },
        ]
      : []),
    { title: 'why' },
  ];
  const cells = ({
    name,
    before,
    bits,
    bytesBefore,
    bytes,
    activationBefore,
    activationBits,
    reasons,
  }: FitRow): string[] => [
    name,
    before,
    bits === undefined ? '' : String(bits),
    bits === undefined ? '' : formatCount(bytesBefore),
    bits === undefined ? '' : formatCount(bytes),
    ...(narrow ? [activationBefore ?? '', activationBits === undefined ? '' : String(activationBits)] : []),
    // What came before the last cut says less: JSON has it.
    (['weights', 'activations'] as const)
      .flatMap((one) => reasons.findLast(({ of }) => of === one)?.text ?? [])
      .join('; '),
  ];
  const { limits, activations } = fit;
  const approximately = exact ? '' : '≈ ';
  return plain(
    [
      title,
      '',
      table(columns, fit.rows.map(cells), [
        ['total', '', '', formatCount(fit.bytesBefore), formatCount(fit.bytes), ...(narrow ? ['', ''] : []), ''],
      ]),
      ...(limits.weights === undefined
        ? []
        : [
            `Weights: ${approximately}${formatCount(fit.bytes)} B of ${formatBytes(limits.weights)}${exact ? '' : ', by the rate table: there are no weights of this architecture'}.`,
          ]),
      ...(limits.activations === undefined
        ? []
        : [`Activations: ${formatCount(activations)} B of ${formatBytes(limits.activations)}.`]),
      ...(origin === undefined ? [] : [`Weights are those of ${origin}, on the grids of these bits.`]),
      '',
    ].join('\n'),
  );
}
