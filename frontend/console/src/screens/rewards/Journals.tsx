import { useQuery } from '@tanstack/react-query';

import { journalsQuery } from '../../api/rewards';
import { formatMoney, sentence } from '../../lib/format';
import { Failed, Loading } from '../../ui/states';
import { When } from '../../ui/text';

/** What the books say about a reward, leg by leg. */
export function Journals({ rewardId }: { rewardId: string }) {
  const journals = useQuery(journalsQuery(rewardId));
  if (journals.isPending) return <Loading lines={2} />;
  if (!journals.data) return <Failed error={journals.error} retry={() => void journals.refetch()} />;
  return (
    <details>
      <summary className="font-semibold">In the books ({journals.data.length})</summary>
      <ul className="mt-2 flex flex-col gap-3">
        {journals.data.map((j) => (
          <li key={j.id}>
            <p>
              {sentence(j.kind)}{' '}
              <span className="text-muted">
                <When at={j.at} as="time" />
              </span>
            </p>
            <table className="w-full text-[13px]" aria-label={`Legs of ${sentence(j.kind)}`}>
              <tbody>
                {j.legs.map((leg) => (
                  <tr key={leg.account + leg.side}>
                    <th scope="row" className="text-left font-mono text-xs font-normal">
                      {leg.account}
                    </th>
                    <td className="text-muted w-14">{leg.side}</td>
                    <td className="tabular w-24 text-right">{formatMoney(leg.amount)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </li>
        ))}
      </ul>
    </details>
  );
}
