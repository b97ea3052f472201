import { type DestinationStream, pino } from 'pino';
import { describe, type LogLine } from '../exchange/events.ts';
import type { ExchangeEvent } from '../exchange/types.ts';

export interface Log {
  write(line: LogLine): void;
  event(event: ExchangeEvent): void;
}

/** One JSON line per step, with the arrival's number and counts. What goes in is made of codes and counts only; see `describe`. */
export function createLog(level: string, destination?: DestinationStream): Log {
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    destination ?? pino.destination(2),
  );
  const write = ({ level: lineLevel, fields, text }: LogLine): void => logger[lineLevel](fields, text);
  return {
    write,
    event(event) {
      if (event.kind !== 'progress') write(describe(event));
    },
  };
}

/** The clock was set, or the machine slept. */
export const jumped = (byMs: number): LogLine => ({
  level: 'warn',
  fields: { jumpedMs: byMs },
  text: `the clock jumped ${byMs < 0 ? 'back' : 'forward'} by ${Math.abs(byMs / 1000)} s; what it said before is not compared with what it says now`,
});
