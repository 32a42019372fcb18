import { useQuery } from '@tanstack/react-query';

import { dryRunQuery } from '../../api/campaigns';
import type { Campaign } from '../../api/types';
import { formatMoney, formatNumber, formatTime, plural } from '../../lib/format';
import { whyNot } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Buttons, Dialog } from '../../ui/Dialog';
import { Failed, FormProblem, Loading, Note } from '../../ui/states';

interface Props {
  campaign: Campaign;
  onClose: () => void;
  /** Left out for those who may not launch. */
  onLaunch?: () => void;
  pending: boolean;
  error: unknown;
}

/** Says who gets it and what it may cost, and launches it after that. */
export function LaunchDialog({ campaign, onClose, onLaunch, pending, error }: Props) {
  const dry = useQuery(dryRunQuery(campaign.id, campaign.version));
  const t = campaign.trigger;
  const when =
    t.kind === 'at' && t.at
      ? `It begins on ${formatTime(t.at)}.`
      : t.kind === 'event'
        ? 'Nobody is written to at once: each customer when it happens to them.'
        : t.kind === 'sweep'
          ? `It begins at once and looks again every ${t.every ?? 'month'}.`
          : 'It begins at once.';
  const skipped = dry.data?.skipped.reduce((sum, s) => sum + s.count, 0) ?? 0;
  return (
    <Dialog title={`Launch ${campaign.name}?`} onClose={onClose}>
      {dry.isFetching && <Loading lines={3} label="Counting" />}
      {dry.isError && !dry.isFetching && <Failed error={dry.error} retry={() => void dry.refetch()} />}
      {dry.data && !dry.isFetching && (
        <div className="flex flex-col gap-4">
          <p className="text-base">
            <strong>{plural(dry.data.recipients, 'person gets it', 'people get it')}</strong>, at most{' '}
            <strong className="tabular">{formatMoney(dry.data.max_exposure)}</strong> promised
            {skipped > 0 ? `, ${formatNumber(skipped)} skipped.` : '.'}
          </p>
          {skipped > 0 && (
            <table className="w-full" aria-label="Who is skipped and why">
              <tbody>
                {dry.data.skipped.map((s) => (
                  <tr key={s.reason} className="border-line border-b last:border-b-0">
                    <th scope="row" className="py-1 pr-4 text-left align-top font-normal">
                      {whyNot(s.reason)}
                    </th>
                    <td className="tabular py-1 text-right align-top">{formatNumber(s.count)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {dry.data.warnings.map((w) => (
            <Note key={w.field + w.message} kind="warning">
              {w.message}
            </Note>
          ))}
          <p className="text-muted">{when} You can pause or end it at any time; mails that went out cannot be called back.</p>
        </div>
      )}
      <FormProblem error={error} />
      <Buttons>
        <Button onClick={onClose}>{onLaunch ? 'Not yet' : 'Close'}</Button>
        {onLaunch && (
          <Button look="primary" pending={pending} disabled={!dry.data || dry.isFetching} onClick={onLaunch}>
            {t.kind === 'now' && dry.data ? `Launch to ${plural(dry.data.recipients, 'person', 'people')}` : 'Launch'}
          </Button>
        )}
      </Buttons>
    </Dialog>
  );
}
