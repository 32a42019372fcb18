import type { Introduction } from '../../api/types';
import { Badge } from '../../ui/text';
import { stateWords, stepWords, tones } from './words';

/** Where an introduction stands, with its step inside the pipeline. */
export function StateBadge({ of: i }: { of: Pick<Introduction, 'state' | 'step'> }) {
  const step = i.state === 'in_pipeline' ? stepWords.find((s) => s.value === i.step)?.label : undefined;
  return <Badge tone={tones[i.state]}>{step ?? stateWords[i.state]}</Badge>;
}
