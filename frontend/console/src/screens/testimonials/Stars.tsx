import { Icon } from '../../ui/icons';

/** A rating as stars, said in words to those who do not see them. */
export function Stars({ of }: { of: number | undefined }) {
  if (!of) return <span className="text-muted">no stars</span>;
  return (
    <span role="img" aria-label={`${of} of 5 stars`} className="inline-flex">
      {[1, 2, 3, 4, 5].map((n) => (
        <span key={n} className={n <= of ? 'text-warning' : 'text-muted opacity-50'}>
          <Icon name="star" size={15} filled={n <= of} />
        </span>
      ))}
    </span>
  );
}
