/** Outbound files that rows of a feed go into. */
import { z } from 'zod';
import { answered } from './answered.ts';
import { writtenDialect } from './dialect.ts';
import { key } from './key.ts';
import { dataTypeName, flag, name, outboundName, remotePath } from './leaves.ts';
import { outboundPacking } from './packing.ts';

export const rowFile = z.strictObject({
  partner: key(
    name.nullable().prefault(null),
    'Whose folder it goes to; a key of `partners`. That of the feed unless given.',
    'globex',
  ),
  folder: key(
    remotePath.nullable().prefault(null),
    'The folder there; the `out` folder of the partner unless given.',
    '/in',
  ),
  dataType: key(dataTypeName, 'What its name begins with.', 'Contracts'),
  name: key(
    outboundName.nullable().prefault(null),
    'The whole name, with `{dataType}`, `{stamp}` for date and time in the name of the source, and `{split}` for the value that splits it. `{dataType}_{stamp}.csv` unless given, or `{dataType}-{split}_{stamp}.csv` where it is split.',
    '{dataType}_{split}_{stamp}.csv',
  ),
  dialect: key(writtenDialect.prefault({}), 'How the other side reads CSV.', { delimiter: ';' }),
  packing: key(outboundPacking.nullable().prefault(null), 'How it is packed. As it is without it.', {
    gzip: true,
  }),
  answered: key(answered.nullable().prefault(null), 'How the other side answers the file, where it does.', {
    replies: [{ name: 'ContractsAck_{stamp}.csv', outcome: 'accepted' }],
  }),
  header: key(flag.prefault(true), 'Whether the first line has the names of the columns.', false),
});
