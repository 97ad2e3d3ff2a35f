/** The dispatcher of an ensemble as C99: a header and a source that decide as `deploy/ensembles/decide.ts` does. */
import { MOST_UNITS, mostEntropy, POWERS, UNITS_PER_BIT } from '../../deploy/ensembles/confidence.ts';
import { thresholdOf } from '../../deploy/ensembles/decide.ts';
import { cComment } from '../../text/neutral.ts';
import type { EnsembleReport, Thresholds } from '../../wire/ensemble.ts';
import { arrayText } from '../c/c-arrays.ts';

/** Thresholds after each member: one, or one for each class where any point has such. */
const thresholdsEach = ({ decider, points }: EnsembleReport): number =>
  points.some(({ thresholds }) => thresholds.some((own) => own.length > 1)) ? decider.classes : 1;

const commented = (text: string): string => text.split('\n').map(cComment).join('\n   ');

/** What a member is, and how it is run. */
const MEMBERS = {
  networks: `   Members run one after another, and as soon as those that have run are sure, the others do not run. All of it is
   int32 arithmetic on int8 logits. How a member runs is the caller's: members.c calls the C programs of the members;
   for an NPU write such a function that runs the compiled member-1.tflite and so on.`,
  exits: `   The network runs from early exit to early exit, each a member, and as soon as one is sure, the rest does not run.
   All of it is int32 arithmetic on int8 logits. How a part of the network runs is the caller's: members.c calls the C
   program of the network; for an NPU write such a function that runs the compiled part-1.tflite and so on, and hands
   the maps that a part puts out beside its logits to the parts after it. Members of a sample are called in their order,
   from 0 on.`,
} as const;

/** @param title what the file says of itself first */
export function ensembleHeader(report: EnsembleReport, title: string): string {
  const { decider, members, points, chosen } = report;
  return `/* ${commented(title)}

${MEMBERS[decider.alone ? 'exits' : 'networks']}

     udc_ensemble_answer answer;
     int failed = udc_ensemble_run(udc_ensemble_member, sample, UDC_ENSEMBLE_POINT, &answer);

   A point is a row of thresholds: later ones take more work and are right more often (ensemble.json has the numbers).
   The point may change from sample to sample. */
#ifndef UDC_ENSEMBLE_H
#define UDC_ENSEMBLE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define UDC_ENSEMBLE_MEMBERS ${members.length}
#define UDC_ENSEMBLE_CLASSES ${decider.classes}
/* Thresholds after a member: one, or one for each class that may be answered. */
#define UDC_ENSEMBLE_THRESHOLDS ${thresholdsEach(report)}
#define UDC_ENSEMBLE_POINTS ${points.length}
/* The one that was chosen. */
#define UDC_ENSEMBLE_POINT ${chosen}

/* Runs a member, 0 being the first, and writes its logits. Returns 0, or what went wrong. */
typedef int (*udc_ensemble_call)(void *context, int member, int8_t *logits);

typedef struct {
  int answer;  /* the class */
  int members; /* how many ran */
} udc_ensemble_answer;

extern const int32_t udc_ensemble_thresholds[UDC_ENSEMBLE_POINTS][UDC_ENSEMBLE_MEMBERS - 1][UDC_ENSEMBLE_THRESHOLDS];

/* Returns 0, or what the call returned that failed: then there is no answer. */
int udc_ensemble_run(udc_ensemble_call call, void *context, int point, udc_ensemble_answer *answer);

/* In members.c: context points to the values of a sample, as they are stored, of type double. */
int udc_ensemble_member(void *context, int member, int8_t *logits);

#ifdef __cplusplus
}
#endif

#endif
`;
}

const MARGIN = `/* Largest minus second largest score. */
static int32_t confidence(const int32_t *scores, int best, int member) {
  int32_t second = INT32_MIN;
  int c;
  (void)member;
  for (c = 0; c < UDC_ENSEMBLE_CLASSES; c++)
    if (c != best && scores[c] > second) second = scores[c];
  return scores[best] - second;
}`;

const entropy = ({
  classes,
  units,
}: EnsembleReport['decider']): string => `/* 2^(-i / ${UNITS_PER_BIT}), and a ${UNITS_PER_BIT}th of a bit in scores after each member. */
${arrayText('uint16_t', 'powers', POWERS)}
${arrayText('uint32_t', 'units', units)}

/* Logarithm to base 2 of a number of 2^-15ths from 1 up, in 1024ths: its bits come by squaring. */
static uint32_t logarithm(uint32_t x) {
  uint32_t whole = 0, bit;
  while (x >= 65536u) {
    x /= 2u;
    whole++;
  }
  for (bit = 1; bit < 1024u; bit *= 2u) {
    x = x * x / 32768u;
    whole *= 2u;
    if (x >= 65536u) {
      x /= 2u;
      whole++;
    }
  }
  return whole;
}

/* By how much the entropy of the answer is below the most that it may be, in 1024ths of a bit. */
static int32_t confidence(const int32_t *scores, int best, int member) {
  const uint32_t unit = units[member];
  uint32_t sum = 0, bits;
  uint64_t moment = 0;
  int c;
  for (c = 0; c < UDC_ENSEMBLE_CLASSES; c++) {
    const uint32_t distance = ((uint32_t)(scores[best] - scores[c]) + unit / 2u) / unit;
    if (distance < ${MOST_UNITS}u) {
      const uint32_t power = (uint32_t)powers[distance % ${UNITS_PER_BIT}u] >> (distance / ${UNITS_PER_BIT}u);
      sum += power;
      moment += (uint64_t)power * distance;
    }
  }
  bits = logarithm(sum) + (uint32_t)(moment * ${1024 / UNITS_PER_BIT}u / sum);
  return bits < ${mostEntropy(classes)}u ? (int32_t)(${mostEntropy(classes)}u - bits) : 0;
}`;

function rows(thresholds: Thresholds, each: number): string {
  const stages = thresholds.map(
    (_, k) => `{${Array.from({ length: each }, (_unused, c) => thresholdOf(thresholds, k, c)).join(', ')}}`,
  );
  return `  {${stages.join(', ')}}`;
}

/** The source beside the header. */
export function ensembleSource(report: EnsembleReport, title: string): string {
  const { decider, points } = report;
  const each = thresholdsEach(report);
  return `/* ${commented(title)} */
#include "ensemble.h"

const int32_t udc_ensemble_thresholds[UDC_ENSEMBLE_POINTS][UDC_ENSEMBLE_MEMBERS - 1][UDC_ENSEMBLE_THRESHOLDS] = {
${points.map(({ thresholds }) => rows(thresholds, each)).join(',\n')}
};

/* The scale of each member's logits over the largest, as a fraction of 2^20. */
${arrayText('int32_t', 'weights', decider.weights)}

${decider.rule === 'entropy' ? entropy(decider) : MARGIN}

int udc_ensemble_run(udc_ensemble_call call, void *context, int point, udc_ensemble_answer *answer) {
  int32_t scores[UDC_ENSEMBLE_CLASSES] = {0};
  int8_t logits[UDC_ENSEMBLE_CLASSES];
  int member, c, best, failed;
  for (member = 0;; member++) {
    failed = call(context, member, logits);
    if (failed != 0) return failed;
    for (c = 0; c < UDC_ENSEMBLE_CLASSES; c++) scores[c] ${decider.alone ? '' : '+'}= weights[member] * logits[c];
    best = 0;
    for (c = 1; c < UDC_ENSEMBLE_CLASSES; c++)
      if (scores[c] > scores[best]) best = c;
    answer->answer = best;
    answer->members = member + 1;
    if (member == UDC_ENSEMBLE_MEMBERS - 1) return 0;
    if (confidence(scores, best, member) >= udc_ensemble_thresholds[point][member][best % UDC_ENSEMBLE_THRESHOLDS])
      return 0;
  }
}
`;
}
