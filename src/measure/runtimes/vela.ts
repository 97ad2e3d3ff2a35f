/** Arm's compiler Vela: the cycles and memories that it reckons for an Ethos-U in a system and memory mode. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { list, number, object, record, string, type Check } from '../../base/validate.ts';
import { findTarget, TARGETS } from '../../targets/find-target.ts';
import { formatLarge } from '../../text/format.ts';
import { askPython, packageAvailable } from '../python-program.ts';
import { longestLayers } from '../longest-layers.ts';
import { withPresets } from '../preset-devices.ts';
import type { Device, Reading, Runtime } from '../runtime.ts';
import type { Subject } from '../subject/subject.ts';
import { FILES } from '../timed-outputs.ts';

const PROGRAM = `import configparser, os
import ethosu.regor as regor

with open(os.path.join(os.path.dirname(regor.__file__), "config_files", "Arm", "vela.ini"), encoding="utf-8") as file:
    text = file.read()
presets = configparser.ConfigParser()
presets.read_string(text)
_, family, macs = job["accelerator"].split("-")
cores = 2 if job["accelerator"] == "ethos-u65-512" else 1
architecture = f"[architecture]\\nmacs={int(macs) // cores}\\ncores={cores}\\n"
selected = f"[vela]\\nsystem_config_name={job['system']}\\nmemory_mode_name={job['mode']}\\n"

def setting(section, key):
    while True:
        if presets.has_option(section, key):
            return presets.get(section, key)
        section = presets.get(section, "inherit")

mode = "Memory_Mode." + job["mode"]
try:
    arena = int(setting(mode, "arena_cache_size"))
except configparser.Error:
    arena = 1 << (32 if family == "u55" else 40)
options = (
    "\\n[compiler]\\nenable_db=true\\noutput_format=TFLite\\ncop_format=COP1\\n"
    f"\\n[scheduler]\\noptimize=Performance\\narena_size_limit={arena}\\ndisable_feature=\\n"
    "cpu_tensor_alignment=16\\ntensor_allocator=HillClimb\\n\\n[graph]\\nsoftmax_int16_neg_exp_range=10.0\\n"
)
with open(job["model"], "rb") as file:
    network = file.read()
compiled = regor.compile("Ethos" + family.upper(), network, "TFLITE", architecture + selected + text, options=options)
report, database = compiled.perf_report, compiled.opt_database

merged = {}
for name in ("perf", "perf_debug", "perf_debug_main", "perf_debug_wd"):
    table = database.tables.get(name)
    for row in table.data if table else []:
        row = dict(zip(table.header, row))
        merged.setdefault(row["id"], {}).update(row)

def cycles(row, key):
    return int(row.get(key) or 0)

layers = [
    {
        "name": str(row.get("name", "")), "total": cycles(row, "op_cycles"),
        "waits": {
            "array": cycles(row, "mac_cycles"), "output": cycles(row, "ao_cycles"), "weights": cycles(row, "wd_cycles"),
            **{key[:-3]: int(number) for key, number in row.items() if key.endswith("_ac") and key[:-3] + "_read_efficiency" in row},
        },
    }
    for row in merged.values() if cycles(row, "op_cycles") > 0
]
answer(
    cycles=report.totalCycles, onProcessor=report.cpuOps, readOnly=report.readOnlyPeakUsage,
    clock=float(setting("System_Config." + job["system"], "core_clock")),
    peaks={str(name): memory.peakUsage for name, memory in report.memories.items()}, layers=layers,
)
`;

interface VelaAnswer {
  readonly cycles: number;
  readonly onProcessor: number;
  readonly readOnly: number;
  readonly clock: number;
  readonly peaks: Readonly<Record<string, number>>;
  readonly layers: readonly {
    readonly name: string;
    readonly total: number;
    readonly waits: Readonly<Record<string, number>>;
  }[];
}

const velaAnswer: Check<VelaAnswer> = object<VelaAnswer>({
  cycles: number,
  onProcessor: number,
  readOnly: number,
  clock: number,
  peaks: record(number),
  layers: list(object({ name: string, total: number, waits: record(number) })),
});

/** Measured where nobody names a device: one of each family. */
const USUAL = ['ethos-u55-128', 'ethos-u65-256', 'ethos-u85-256'];

/** Accelerators by themselves, with the presets that Vela has where its command line says nothing. */
const DEVICES: readonly Device[] = TARGETS.flatMap(({ name, engine }) =>
  engine?.accelerator === name ? [{ id: name, title: name, usual: USUAL.includes(name) }] : [],
);

/** What Vela is told of a device: `ethos-u55-128+Ethos_U55_Deep_Embedded+Shared_Sram`, or a part of that. */
function told(id: string): { readonly accelerator: string; readonly system: string; readonly mode: string } {
  const { engine, systems, presets } = findTarget(id);
  const mode = presets?.memory ?? (engine!.dedicated ? 'Dedicated_Sram_384KB' : 'Shared_Sram');
  return { accelerator: engine!.accelerator, system: systems[0]!.name, mode };
}

/** What a layer waits for, by the counter of Vela that is the highest. */
const WAITS: Readonly<Record<string, string>> = {
  array: 'multiply-accumulates',
  output: 'output unit',
  weights: 'decoding weights',
  Sram: 'SRAM',
  Dram: 'DRAM',
  OnChipFlash: 'flash',
  OffChipFlash: 'flash',
};

function waitsFor(waits: VelaAnswer['layers'][number]['waits']): string | undefined {
  const known = Object.entries(waits).filter(([name, count]) => count > 0 && name in WAITS);
  const [most] = known.sort(([, a], [, b]) => b - a);
  return most && WAITS[most[0]];
}

/** Operators of our files are named by their operation; those of other files by their place. */
function layerName(name: string, { network }: Subject): string {
  const found = network.architecture.operations.find(({ id }) => name === id || name.startsWith(`${id}_`));
  return found?.layerName ?? name.split(';')[0]!.slice(0, 60);
}

export const vela: Runtime = {
  id: 'vela',
  title: 'Vela',
  mark: 'simulated',
  devices: DEVICES,
  named: withPresets(DEVICES),
  available: (around) => packageAvailable('ethos-u-vela', around),
  async measure(subject, { id }, around): Promise<Reading> {
    const { accelerator, system, mode } = told(id);
    await writeFile(join(around.folder, FILES.model), subject.tflite());
    const found = await askPython(PROGRAM, { ...FILES, accelerator, system, mode }, velaAnswer, around);
    const { cycles, onProcessor, readOnly, clock, peaks, layers } = found;
    if (onProcessor > 0) return { reason: `Vela leaves ${onProcessor} operators to the processor: no time is known` };
    return {
      seconds: { median: cycles / clock },
      work: { unit: 'cycles', count: cycles },
      memory: { arenaBytes: peaks['Sram'] ?? 0, flashBytes: readOnly },
      layers: longestLayers(
        layers.map(({ name, total, waits }) => ({
          name: layerName(name, subject),
          amount: total,
          waits: waitsFor(waits),
        })),
      ),
      note: `${system}, ${mode} at ${formatLarge(clock)}Hz${mode.startsWith('Dedicated') ? '; the arena is the cache of maps in DRAM' : ''}`,
    };
  },
};
