import type { Move } from '../../api/introductions';
import type { Introduction, Permission } from '../../api/types';
import { stepWords } from './words';

interface Next {
  move: Move;
  said: string;
  needs: Permission;
  /** What has to be asked before. */
  ask?: 'win' | 'lose';
}

/** Where the keyboard takes an introduction on the board; undefined where nothing lies in that direction. The server decides. */
export function nextMove(i: Pick<Introduction, 'state' | 'step'>, direction: 'on' | 'back'): Next | undefined {
  if (direction === 'back') {
    if (i.state === 'lost') return { move: { verb: 'reopen' }, said: 'taken up again', needs: 'introductions.close' };
    if (i.state === 'accepted' || i.state === 'in_pipeline')
      return { move: { verb: 'lose', body: { reason: 'other' } }, said: 'lost', needs: 'introductions.close', ask: 'lose' };
    return undefined;
  }
  if (i.state !== 'accepted' && i.state !== 'in_pipeline') return undefined;
  const at = i.state === 'accepted' ? -1 : stepWords.findIndex((s) => s.value === i.step);
  const step = stepWords[at + 1];
  if (!step)
    return { move: { verb: 'win', body: { amount: { amount_minor: 0, currency: 'EUR' } } }, said: 'won', needs: 'introductions.close', ask: 'win' };
  return { move: { verb: 'advance', body: { step: step.value } }, said: step.label.toLowerCase(), needs: 'introductions.work' };
}
