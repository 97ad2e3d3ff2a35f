// Tests of searches begin at once: they neither wait for a person's searches nor keep them waiting.
process.env.UDC_QUEUE ??= 'off';
