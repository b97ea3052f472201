/** All that the people of operations are told in the year but for digests: the hour in which they have it, and the subject without how long it took. */
export const diary: readonly string[] = [
  // Answered over Easter, so within two business days.
  '2024-03-28 18h office: Orders_20240328_063000.csv is not answered in full, and soon should be',

  // The partner's server is gone, and whatever meets that is told: the polls, and at night the exports and the archive.
  '2024-03-30 15h acme: Tidegate could not look for files',
  '2024-03-30 16h Still: acme: Tidegate could not look for files',
  '2024-03-30 20h Still: acme: Tidegate could not look for files',
  // In the night of 23 hours, quiet hours end at seven by the clock on the wall.
  '2024-03-31 07h acme: the export acme-days waits',
  '2024-03-31 08h Still: acme: the export acme-days waits',
  '2024-03-31 12h Still: acme: the export acme-days waits',
  // What no mail server took is told within an hour of its return; pauses go on from there.
  '2024-04-01 11h Still: acme: Tidegate could not look for files',
  '2024-04-01 11h acme: the archive waits',
  '2024-04-01 11h acme: the export acme-contracts waits',
  '2024-04-01 11h acme: the export acme-since waits',
  '2024-04-01 12h Still: acme: the archive waits',
  '2024-04-01 12h Still: acme: the export acme-contracts waits',
  '2024-04-01 12h Still: acme: the export acme-days waits',
  '2024-04-01 12h Still: acme: the export acme-since waits',
  '2024-04-01 16h Still: acme: the archive waits',
  '2024-04-01 16h Still: acme: the export acme-contracts waits',
  '2024-04-01 16h Still: acme: the export acme-since waits',
  '2024-04-02 11h Still: acme: Tidegate could not look for files',
  '2024-04-02 12h Still: acme: the export acme-days waits',
  '2024-04-02 15h Over: acme: Tidegate could not look for files',
  '2024-04-02 16h Still: acme: the archive waits',
  '2024-04-02 16h Still: acme: the export acme-contracts waits',
  '2024-04-02 16h Still: acme: the export acme-since waits',
  '2024-04-03 07h Over: acme: the archive waits',
  '2024-04-03 07h Over: acme: the export acme-contracts waits',
  '2024-04-03 07h Over: acme: the export acme-days waits',
  '2024-04-03 07h Over: acme: the export acme-since waits',

  // A file is late.
  '2024-05-14 07h acme: the file for servo-orders of 2024-05-14 is due by 08:00 and not there yet',
  '2024-05-14 08h acme: the file for servo-orders of 2024-05-14 has not come in time',
  '2024-05-14 09h Still: acme: the file for servo-orders of 2024-05-14 has not come in time',
  '2024-05-14 13h Still: acme: the file for servo-orders of 2024-05-14 has not come in time',
  '2024-05-14 15h Over: acme: the file for servo-orders of 2024-05-14 has not come in time',

  // Due on the Tuesday, since Whit Monday does not count.
  '2024-05-17 18h office: Orders_20240517_063000.csv is not answered in full, and soon should be',
  '2024-05-21 18h office: Orders_20240517_063000.csv was not answered in time',
  '2024-05-21 19h Still: office: Orders_20240517_063000.csv was not answered in time',
  '2024-05-22 07h Still: office: Orders_20240517_063000.csv was not answered in time',
  '2024-05-22 12h Over: office: Orders_20240517_063000.csv was not answered in time',

  // Nobody could be told of the target until it was over.
  '2024-06-17 17h Over: servo does not take calls now',

  // A file does not come.
  '2024-07-09 07h acme: the file for servo-orders of 2024-07-09 is due by 08:00 and not there yet',
  '2024-07-09 08h acme: the file for servo-orders of 2024-07-09 has not come in time',
  '2024-07-09 09h Still: acme: the file for servo-orders of 2024-07-09 has not come in time',
  '2024-07-09 13h Still: acme: the file for servo-orders of 2024-07-09 has not come in time',
  '2024-07-10 07h acme: the file for servo-orders of 2024-07-09 has not come on the whole day',
  '2024-07-10 07h Over: acme: the file for servo-orders of 2024-07-09 has not come in time',

  // Noticed in the night of 25 hours.
  '2024-10-27 07h office: Tidegate could not look for replies',
  '2024-10-27 08h Still: office: Tidegate could not look for replies',
  '2024-10-27 12h Still: office: Tidegate could not look for replies',
  '2024-10-27 12h Over: office: Tidegate could not look for replies',
];
