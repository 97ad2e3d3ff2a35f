/** How many cases tests try: few each time, and all of them with UDC_TEST_CASES=all. */
import process from 'node:process';

const ALL = process.env['UDC_TEST_CASES'] === 'all';

/** `few` of what takes long and says the same in every case; `all` where that was asked for. */
export const cases = <T>(few: T, all: T): T => (ALL ? all : few);
