import { z } from 'zod';
import { key } from './key.ts';
import { duration } from './leaves.ts';

export const pauses = z.strictObject({
  tellAfter: key(
    duration.prefault('24h'),
    'People are told of a pause (`tidegate pause`) that lasts for so long, since it may have been forgotten.',
    '4h',
  ),
});
