import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { importProblemsQuery, importQuery, problemsFile, useApplyImport, useStopImport, type Severity } from '../../api/imports';
import { messageOf } from '../../api/problem';
import { Button, ButtonLink } from '../../ui/Button';
import { Card, Page } from '../../ui/Page';
import { Failed, FormProblem, Loading, Note } from '../../ui/states';
import { useToasts } from '../../ui/Toast';
import { Figures, Working } from './Figures';
import { Problems } from './Problems';

/** One import, dry or real, while it runs and afterwards. */
export default function RunScreen() {
  const { id } = useParams({ from: '/shell/import/$id' });
  const navigate = useNavigate();
  const toasts = useToasts();
  const run = useQuery(importQuery(id));
  const [severity, setSeverity] = useState<Severity>();
  const working = run.data?.state === 'uploaded' || run.data?.state === 'running';
  const problems = useInfiniteQuery({ ...importProblemsQuery(id, severity, working), refetchInterval: working ? 3000 : false });
  const apply = useApplyImport();
  const stop = useStopImport();
  const back = (
    <Link to="/import" className="link">
      Import
    </Link>
  );
  if (!run.data) {
    return (
      <Page title="Import" back={back}>
        {run.isPending ? <Loading /> : <Failed error={run.error} retry={() => void run.refetch()} />}
      </Page>
    );
  }
  const i = run.data;
  return (
    <Page
      title={i.file_name || 'customers.csv'}
      back={back}
      about={i.dry_run ? 'Dry run: nothing was written.' : undefined}
      actions={
        <>
          {working && (
            <Button look="danger" pending={stop.isPending} onClick={() => stop.mutate(id, { onError: (e) => toasts.failed(messageOf(e)) })}>
              Stop
            </Button>
          )}
          {i.state === 'done' && i.dry_run && (
            <Button
              look="primary"
              pending={apply.isPending}
              onClick={() => apply.mutate(id, { onSuccess: (next) => void navigate({ to: '/import/$id', params: { id: next.id } }) })}
            >
              Import for real
            </Button>
          )}
          {i.state === 'done' && !i.dry_run && (
            <ButtonLink look="primary" to="/customers">
              See the customers
            </ButtonLink>
          )}
        </>
      }
    >
      <FormProblem error={apply.error} />
      {i.state === 'failed' && (
        <Note kind="danger">
          The import stopped: {i.message || 'the file could not be read any further.'} What was read before is kept; the same file can be imported
          again.
        </Note>
      )}
      {i.state === 'stopped' && (
        <Note kind="warning">Stopped. {i.dry_run ? '' : 'What was read before is kept; importing the file again goes on without doubles.'}</Note>
      )}
      {working && <Working run={i} />}
      <Figures run={i} />
      <Card
        title="Problems"
        actions={
          <a className="link" href={problemsFile(id)} download>
            All of them as CSV
          </a>
        }
      >
        <Problems query={problems} severity={severity} working={working} onSeverity={setSeverity} />
      </Card>
    </Page>
  );
}
