import type { Facets, Segment } from '../../api/types';
import { Button } from '../../ui/Button';
import { FilterSelect, SearchBox } from '../../ui/filters';
import { stages } from './words';

export interface Filters {
  q?: string;
  tag?: string;
  division?: string;
  country?: string;
  stage?: string;
  owner_id?: string;
  asked?: 'never' | 'ever';
  segment_id?: string;
}

interface Props {
  filters: Filters;
  facets: Facets | undefined;
  segments: readonly Segment[] | undefined;
  onChange: (change: Partial<Filters>) => void;
  onClear?: () => void;
  onSave?: () => void;
}

const plain = (values: readonly string[] = []) => values.map((v) => ({ value: v, label: v }));

/** What narrows the list; all of it stands in the address, so that a view can be kept and sent. */
export function CustomerFilters({ filters, facets, segments, onChange, onClear, onSave }: Props) {
  return (
    <div role="search" aria-label="Filters" className="flex flex-wrap items-center gap-2">
      <SearchBox label="Name, company or address" value={filters.q} onValue={(q) => onChange({ q })} />
      <div className="flex gap-2 max-sm:w-full max-sm:overflow-x-auto max-sm:pb-1 sm:flex-wrap [&>*]:shrink-0">
        <FilterSelect
          label="Saved filter"
          all="All customers"
          value={filters.segment_id}
          options={(segments ?? []).map((s) => ({ value: s.id, label: `${s.name} (${s.count})` }))}
          onValue={(segment_id) => onChange({ segment_id })}
        />
        <FilterSelect
          label="Asked"
          all="Asked or not"
          value={filters.asked}
          options={[
            { value: 'never', label: 'Never asked' },
            { value: 'ever', label: 'Asked before' },
          ]}
          onValue={(v) => onChange({ asked: v === 'never' || v === 'ever' ? v : undefined })}
        />
        <FilterSelect
          label="Owner"
          all="Any owner"
          value={filters.owner_id}
          options={[{ value: 'me', label: 'Mine' }, ...(facets?.owners ?? []).map((o) => ({ value: o.id, label: o.name }))]}
          onValue={(owner_id) => onChange({ owner_id })}
        />
        <FilterSelect
          label="Division"
          all="Any division"
          value={filters.division}
          options={plain(facets?.divisions)}
          onValue={(division) => onChange({ division })}
        />
        <FilterSelect label="Tag" all="Any tag" value={filters.tag} options={plain(facets?.tags)} onValue={(tag) => onChange({ tag })} />
        <FilterSelect
          label="Country"
          all="Any country"
          value={filters.country}
          options={plain(facets?.countries)}
          onValue={(country) => onChange({ country })}
        />
        <FilterSelect label="Stage" all="Any stage" value={filters.stage} options={stages} onValue={(stage) => onChange({ stage })} />
      </div>
      {onClear && (
        <Button look="quiet" onClick={onClear}>
          Clear
        </Button>
      )}
      {onSave && (
        <Button look="quiet" onClick={onSave}>
          Save this filter
        </Button>
      )}
    </div>
  );
}
