/** The ensemble as Python: LiteRT runs the members, whole numbers decide. */
import { MOST_UNITS, mostEntropy, POWERS, UNITS_PER_BIT } from '../../deploy/ensembles/confidence.ts';
import type { EnsembleReport } from '../../wire/ensemble.ts';
import type { PartMaps } from '../tflite/write-tflite.ts';
import { head } from '../source/python.ts';

/** How stored values become what the members take; absent: they come normalised. */
export interface PythonInput {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

const CONFIDENCE_MARGIN = `def confidence(scores, best, member):
    """Largest minus second largest score."""
    return scores[best] - max(score for c, score in enumerate(scores) if c != best)`;

const confidenceEntropy = ({ classes }: EnsembleReport['decider']): string => `POWERS = [${POWERS.join(', ')}]


def logarithm(x):
    """To base 2, of a number of 2^-15ths from 1 up, in 1024ths."""
    whole, bit = 0, 1
    while x >= 65536:
        x, whole = x // 2, whole + 1
    while bit < 1024:
        x, whole, bit = x * x // 32768, whole * 2, bit * 2
        if x >= 65536:
            x, whole = x // 2, whole + 1
    return whole


def confidence(scores, best, member):
    """By how much the entropy of the answer is below the most that it may be, in 1024ths of a bit."""
    unit = DECIDER["units"][member]
    total = moment = 0
    for score in scores:
        distance = (scores[best] - score + unit // 2) // unit
        if distance < ${MOST_UNITS}:
            power = POWERS[distance % ${UNITS_PER_BIT}] >> (distance // ${UNITS_PER_BIT})
            total += power
            moment += power * distance
    return max(0, ${mostEntropy(classes)} - logarithm(total) - moment * ${1024 / UNITS_PER_BIT} // total)`;

/** The codes of a sample's stored values on an input's grid, for the first line of `logits`. */
const CODES = `        scale, zero_point = source["quantization"]
        mean, factor = np.array(MEAN, np.float64), 1 / np.array(STD, np.float64)
        steps = ((sample.astype(np.float64) - mean) * factor).astype(np.float32).astype(np.float64) / scale
        codes = np.where(steps < 0, -np.floor(0.5 - steps), np.floor(steps + 0.5)) + zero_point`;

const OPEN = `        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        self.interpreters = []
        for member in range(len(DECIDER["weights"])):`;

const interpreter = (name: string): string => `            file = str(HERE / f"${name}-{member + 1}.tflite")
            interpreter = Interpreter(file, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
            interpreter.allocate_tensors()
            self.interpreters.append(interpreter)`;

const MEMBERS_CLASS = `class Members:
    """The networks of the ensemble, run by LiteRT."""

    def __init__(self):
${OPEN}
${interpreter('member')}

    def logits(self, member, sample):
        """int8 logits of a member for a sample of stored values."""
        import numpy as np

        interpreter = self.interpreters[member]
        source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
${CODES}
        interpreter.set_tensor(source["index"], np.clip(codes, -128, 127).astype(np.int8).reshape(source["shape"]))
        interpreter.invoke()
        return interpreter.get_tensor(target["index"]).reshape(-1).tolist()`;

const partsClass = (
  parts: readonly PartMaps[],
): string => `# Of each part: the maps that it takes and gives, by the operations that make them; -1 is the network's input. The first
# that it gives are its logits.
PARTS = [${parts.map(({ inputs, outputs }) => `([${inputs.join(', ')}], [${outputs.join(', ')}])`).join(', ')}]


class Members:
    """The network from early exit to early exit, run by LiteRT. Parts of a sample are asked in their order, from 0 on."""

    def __init__(self):
${OPEN}
${interpreter('part')}

    def logits(self, member, sample):
        """int8 logits of an exit for a sample of stored values; goes on where the exit before it has stopped."""
        import numpy as np

        takes, gives = PARTS[member]
        interpreter = self.interpreters[member]
        if member == 0:
            source = interpreter.get_input_details()[0]
${CODES.replaceAll('\n', '\n    ').replace(/^/, '    ')}
            self.maps = {-1: np.clip(codes, -128, 127).astype(np.int8).reshape(source["shape"])}
        for place, details in zip(takes, interpreter.get_input_details()):
            interpreter.set_tensor(details["index"], self.maps[place])
        interpreter.invoke()
        for place, details in zip(gives, interpreter.get_output_details()):
            self.maps[place] = interpreter.get_tensor(details["index"])
        return self.maps[gives[0]].reshape(-1).tolist()`;

/**
 * @param title what the file says of itself first
 * @param parts of a network with early exits: the maps of each part's file
 */
export function ensemblePython(
  report: EnsembleReport,
  title: string,
  input: PythonInput | undefined,
  parts?: readonly PartMaps[],
): string {
  const { decider } = report;
  const list = (values: readonly number[]): string => `[${values.join(', ')}]`;
  return `${head(title)}
"""Answers samples with the ensemble beside this file, member after member until it is sure.

    python ensemble.py SAMPLES.npy [POINT]

SAMPLES.npy: float or uint8 values [samples, height, width, channels], as they are stored. POINT counts from 0; by
default the one that was chosen. Prints the class and the number of members that ran, a line a sample. The members are
run by LiteRT (pip install ai-edge-litert numpy) with its reference kernels, which compute what the chip computes.
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
REPORT = json.loads((HERE / "ensemble.json").read_text(encoding="utf-8"))
DECIDER = REPORT["decider"]
# Normalised input = (value - mean) / std, the channels in turn.
MEAN, STD = ${list(input?.mean ?? [0])}, ${list(input?.std ?? [1])}


${decider.rule === 'entropy' ? confidenceEntropy(decider) : CONFIDENCE_MARGIN}


def decide(logits, point=REPORT["chosen"]):
    """Class and number of members that ran; logits(member): int8 logits, asked for only where the member has to run."""
    thresholds = REPORT["points"][point]["thresholds"]
    scores = [0] * DECIDER["classes"]
    for member, weight in enumerate(DECIDER["weights"]):
        scores = [${decider.alone ? '' : 'score + '}weight * int(logit) for ${decider.alone ? 'logit in' : 'score, logit in zip(scores,'} logits(member)${decider.alone ? '' : ')'}]
        best = scores.index(max(scores))
        if member == len(thresholds):
            break
        own = thresholds[member]
        if confidence(scores, best, member) >= own[best if len(own) > 1 else 0]:
            break
    return best, member + 1


${parts ? partsClass(parts) : MEMBERS_CLASS}


def main():
    import numpy as np

    members = Members()
    point = int(sys.argv[2]) if len(sys.argv) > 2 else REPORT["chosen"]
    for sample in np.load(sys.argv[1]):
        print(*decide(lambda member: members.logits(member, sample), point))


if __name__ == "__main__":
    main()
`;
}
