/** `--network`: which network of a run that has several. */

export const NETWORK_OPTION = {
  type: 'string',
  value: 'NAME',
  about:
    'of a run with several networks: the one of that name or\nnumber (1 is the best, and what is taken by default)',
} as const;
