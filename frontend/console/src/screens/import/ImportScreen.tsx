import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { importsQuery, usePreviewImport, useStartImport, type ReadOptions } from '../../api/imports';
import { messageOf } from '../../api/problem';
import { Page } from '../../ui/Page';
import { FormProblem, Note } from '../../ui/states';
import { FilePicker } from './FilePicker';
import { Mapping } from './Mapping';
import { PastImports } from './PastImports';

/** Bringing in customers: choose a file, say what its columns mean, try it, then do it. */
export default function ImportScreen() {
  const navigate = useNavigate();
  const [file, setFile] = useState<File | null>(null);
  const preview = usePreviewImport();
  const start = useStartImport();
  const past = useInfiniteQuery(importsQuery);
  const choose = (chosen: File) => {
    setFile(chosen);
    preview.mutate(chosen);
  };
  const run = (options: ReadOptions, dryRun: boolean) => {
    if (file) start.mutate({ file, options, dryRun }, { onSuccess: (i) => void navigate({ to: '/import/$id', params: { id: i.id } }) });
  };
  return (
    <Page
      title="Import customers"
      about="A CSV file, as your CRM exports it. Nothing is kept before you say so."
      back={
        <Link to="/customers" className="link">
          Customers
        </Link>
      }
    >
      <FilePicker file={file} pending={preview.isPending} onFile={choose} />
      {preview.error && <FormProblem error={preview.error} />}
      {file && preview.data && (
        <>
          {preview.data.columns.length === 0 && <Note kind="warning">No columns were found in this file. Its first line must name them.</Note>}
          <Mapping key={`${file.name} ${file.lastModified}`} preview={preview.data} pending={start.isPending} onRun={run} />
          {start.error && <FormProblem error={start.error} />}
        </>
      )}
      {!file && past.data && past.data.length > 0 && <PastImports imports={past.data} />}
      {!file && past.isError && !past.data && <p className="text-muted">Earlier imports could not be loaded: {messageOf(past.error)}</p>}
    </Page>
  );
}
