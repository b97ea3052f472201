import { z } from 'zod';
import { complain, key } from './key.ts';
import { duration, isSafeUrl, secret } from './leaves.ts';

export const heartbeat = z
  .strictObject({
    url: key(
      secret,
      'Is asked for (GET) as long as `tidegate run` can work, so that whoever watches there notices silence. A secret: who knows it can pretend that all is well.',
      '${env:HEARTBEAT_URL}',
    ),
    every: key(duration.prefault('1m'), 'How often.', '5m'),
    deadline: key(duration.prefault('10s'), 'How long one may take; less than `every`.', '5s'),
  })
  .superRefine(({ every, deadline }, context) => {
    if (deadline < every) return;
    complain(context, ['deadline'], 'one may not take as long as the pause between two', {
      expected: 'less than every',
      fix: 'Shorten deadline, or lengthen every.',
    });
  })
  .superRefine(({ url }, context) => {
    if (url.isSealed) return;
    const text = url.reveal();
    if (URL.canParse(text) && isSafeUrl(new URL(text))) return;
    complain(context, ['url'], 'what it stands for is no URL that may be used', {
      expected: 'an https:// URL; http:// only on the loopback address',
    });
  });
