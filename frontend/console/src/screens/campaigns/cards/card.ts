import type { Draft } from '../draft';

/** What every card of the editor gets. */
export interface CardProps {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  /** What the server found wrong, by field. */
  problems: Readonly<Record<string, string>>;
  disabled: boolean;
}
