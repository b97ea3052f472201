/** What the rest of Tidegate sees of the configuration: checked, complete, frozen. Durations in milliseconds, sizes in bytes. */
import type { z } from 'zod';
import type { alerts } from './schema/alerts.ts';
import type { calendar } from './schema/calendar.ts';
import type { exported } from './schema/export.ts';
import type { feed } from './schema/feed.ts';
import type { mail } from './schema/mail.ts';
import type { inboundPacking, outboundPacking } from './schema/packing.ts';
import type { partner } from './schema/partner.ts';
import type { configSchema } from './schema/root.ts';
import type { scheduleKeys } from './schema/schedule.ts';
import type { limits } from './schema/shared.ts';
import type { target } from './schema/target.ts';
import type { Secret } from './secret.ts';

type Frozen<T> = T extends Secret | string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Frozen<Item>[]
    : { readonly [Key in keyof T]: Frozen<T[Key]> };

type Named<T> = T & { name: string };

export type ParsedConfig = z.output<typeof configSchema>;
export type FeedLimits = Frozen<z.output<typeof limits>>;
export type MailConfig = Frozen<z.output<typeof mail>>;
/** As `src/schedule/calendar.ts` takes it. */
export type CalendarConfig = Frozen<z.output<typeof calendar>>;
/** When something runs. */
export type ScheduleConfig = Frozen<z.output<z.ZodObject<ReturnType<typeof scheduleKeys>>>>;
export type AlertsConfig = Frozen<z.output<typeof alerts>>;
export type TargetConfig = Frozen<Named<z.output<typeof target>>>;
export type PartnerConfig = Frozen<Named<z.output<typeof partner>>>;
/** How files are packed that come. */
export type InboundPackingConfig = Frozen<z.output<typeof inboundPacking>>;
/** How files are packed that we write. */
export type OutboundPackingConfig = Frozen<z.output<typeof outboundPacking>>;
export type FeedConfig = Frozen<Named<Omit<z.output<typeof feed>, 'limits'>>> & {
  readonly limits: FeedLimits;
};

export type ExportConfig = Frozen<Named<z.output<typeof exported>>>;

export interface Config {
  /** Absolute path of the folder it was read from. */
  readonly folder: string;
  /** `folder` is absolute. */
  readonly storage: Frozen<ParsedConfig['storage']>;
  readonly log: Frozen<ParsedConfig['log']>;
  /** The common ones. */
  readonly limits: FeedLimits;
  readonly mail: MailConfig | null;
  readonly alerts: AlertsConfig;
  readonly heartbeat: Frozen<ParsedConfig['heartbeat']>;
  readonly callbacks: Frozen<ParsedConfig['callbacks']>;
  readonly pauses: Frozen<ParsedConfig['pauses']>;
  readonly calendars: Readonly<Record<string, CalendarConfig>>;
  readonly targets: Readonly<Record<string, TargetConfig>>;
  /** `root`, `knownHosts` and `archive.local` are absolute paths. */
  readonly partners: Readonly<Record<string, PartnerConfig>>;
  /** Limits are complete: the feed's own, else the common ones. */
  readonly feeds: Readonly<Record<string, FeedConfig>>;
  readonly exports: Readonly<Record<string, ExportConfig>>;
}
