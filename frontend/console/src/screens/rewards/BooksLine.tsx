import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { proofQuery } from '../../api/rewards';
import { formatNumber } from '../../lib/format';
import { railName } from '../../lib/words';
import { Note } from '../../ui/states';
import { When } from '../../ui/text';

/** When the books were last proven and compared with the rails, and what was found. */
export function BooksLine() {
  const proof = useQuery(proofQuery);
  if (!proof.data) return proof.isError ? <Note kind="warning">Whether the books hold could not be loaded.</Note> : null;
  const p = proof.data;
  const compared = p.comparison.filter((c) => c.account);
  const differ = compared.some((c) => c.discrepancies > 0);
  return (
    <div className={p.findings > 0 ? 'border-danger bg-danger-tint rounded-card border px-4 py-3' : 'card px-4 py-3'}>
      {p.findings > 0 && (
        <>
          <p className="font-semibold">The books do not hold</p>
          <p className="wrap-anywhere">
            {p.findings === 1 ? 'One thing was found' : `${formatNumber(p.findings)} things were found`}, <When at={p.looked_at} as="time" />. The first:{' '}
            {p.detail}
          </p>
        </>
      )}
      {p.findings === 0 && p.proven_at && (
        <p>
          <span className="font-semibold">Books proven</span> <When at={p.proven_at} as="time" />: {formatNumber(p.journals)} postings and{' '}
          {formatNumber(p.rewards)} rewards agree to the cent.
        </p>
      )}
      {p.findings > 0 && p.proven_at && (
        <p className="text-muted">
          They last held <When at={p.proven_at} as="time" />.
        </p>
      )}
      {!p.looked_at && <p className="text-muted">The books have not been proven yet; that happens once a day.</p>}
      {compared.map((c) => (
        <p key={c.rail} className="text-muted">
          {railName(c.rail)} compared <When at={c.at} as="time" />: {formatNumber(c.payouts)} payouts,{' '}
          {c.discrepancies === 0
            ? 'all as in the books'
            : c.discrepancies === 1
              ? 'one thing does not fit'
              : `${formatNumber(c.discrepancies)} things do not fit`}
        </p>
      ))}
      {differ && (
        <Link to="/rewards" search={{ tab: 'cases' }} className="link">
          See the cases
        </Link>
      )}
    </div>
  );
}
