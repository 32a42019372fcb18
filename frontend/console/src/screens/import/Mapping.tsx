import { useId, useState } from 'react';

import type { ReadOptions } from '../../api/imports';
import type { ImportPreview } from '../../api/types';
import { plural } from '../../lib/format';
import { Button } from '../../ui/Button';
import { Card } from '../../ui/Page';
import { TextField } from '../../ui/Field';
import { Note } from '../../ui/states';
import { Questions, type Answers } from './Questions';

interface Props {
  preview: ImportPreview;
  pending: boolean;
  onRun: (options: ReadOptions, dryRun: boolean) => void;
}

const separators: Record<string, string> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars' };

/** Says which field each column fills, with the first values of it beside the choice. */
export function Mapping({ preview, pending, onRun }: Props) {
  const id = useId();
  const [mapping, setMapping] = useState<Record<string, string>>(() => Object.fromEntries(preview.columns.map((c) => [c.name, c.field])));
  const [answers, setAnswers] = useState<Answers>({});
  const [division, setDivision] = useState('');
  const [country, setCountry] = useState('');
  const [language, setLanguage] = useState('');
  const [currency, setCurrency] = useState('');
  const used = Object.values(mapping).filter(Boolean);
  const twice = preview.fields.filter((f) => used.filter((u) => u === f.key).length > 1 && !['email', 'phone', 'tags'].includes(f.key));
  const left = preview.columns.length - used.length;
  const run = (dryRun: boolean) =>
    onRun(
      {
        mapping,
        currency: currency.trim().toUpperCase() || undefined,
        ...answers,
        division: division.trim() || undefined,
        country: country.trim().toUpperCase() || undefined,
        language: language.trim().toLowerCase() || undefined,
      },
      dryRun,
    );
  return (
    <>
      <Card
        title="What the columns mean"
        actions={
          <span className="text-muted text-[13px]">{`Separated by ${separators[preview.delimiter] ?? preview.delimiter}, ${preview.encoding}`}</span>
        }
      >
        <div className="max-h-[32rem] overflow-auto">
          <table className="w-full text-left" aria-label="Columns and the fields that they fill">
            <thead>
              <tr>
                {['Column in the file', 'Fills', 'First values'].map((head) => (
                  <th key={head} scope="col" className="bg-raised border-line text-muted sticky top-0 border-b px-4 py-2 text-[13px]">
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {preview.columns.map((column, i) => (
                <tr key={column.name} className="border-line border-b last:border-b-0">
                  <th scope="row" className="px-4 py-2 align-top" id={`${id}-${i}`}>
                    {column.name}
                  </th>
                  <td className="px-4 py-1.5 align-top">
                    <select
                      aria-labelledby={`${id}-${i}`}
                      className="field min-w-40"
                      value={mapping[column.name] ?? ''}
                      onChange={(e) => setMapping((m) => ({ ...m, [column.name]: e.target.value }))}
                    >
                      <option value="">Leave out</option>
                      {preview.fields.map((f) => (
                        <option key={f.key} value={f.key}>
                          {f.label}
                        </option>
                      ))}
                    </select>
                  </td>
                  <td className="text-muted px-4 py-2 align-top text-[13px]">
                    <span className="line-clamp-2">
                      {preview.sample
                        .map((row) => row[i] ?? '')
                        .filter(Boolean)
                        .slice(0, 3)
                        .join(' · ') || 'empty'}
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <p className="border-line text-muted border-t px-4 py-2.5 text-[13px]">
          {left === 0 ? 'Every column is used.' : `${plural(left, 'column is', 'columns are')} left out.`}
        </p>
      </Card>
      {twice.length > 0 && (
        <Note kind="warning">{`${twice.map((f) => f.label).join(', ')}: several columns fill this. Later ones only fill what earlier ones left empty.`}</Note>
      )}
      <Questions questions={preview.questions} answers={answers} onAnswer={(more) => setAnswers((a) => ({ ...a, ...more }))} />
      <Card title="For rows that say nothing">
        <div className="grid gap-4 p-4 sm:grid-cols-2 lg:grid-cols-4">
          <TextField label="Division" value={division} onValue={setDivision} />
          <TextField label="Country" help="Two letters: DE" maxLength={2} value={country} onValue={setCountry} />
          <TextField label="Language" help="Two letters: de" maxLength={2} value={language} onValue={setLanguage} />
          <TextField label="Currency of amounts" help="Three letters: EUR" maxLength={3} value={currency} onValue={setCurrency} />
        </div>
      </Card>
      <div className="flex flex-wrap justify-end gap-2">
        <Button pending={pending} onClick={() => run(false)}>
          Import without trying
        </Button>
        <Button look="primary" pending={pending} onClick={() => run(true)}>
          Try it (dry run)
        </Button>
      </div>
    </>
  );
}
