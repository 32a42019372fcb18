package queue

import (
	"context"
	"database/sql"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"goodword/internal/db"
)

// engine is River's client without its type parameter, the transaction type.
type engine interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	JobList(ctx context.Context, params *river.JobListParams) (*river.JobListResult, error)
	JobRetry(ctx context.Context, id int64) (*rivertype.JobRow, error)
	insertTx(ctx context.Context, tx db.Tx, job Job, opts *river.InsertOpts) error
}

type client[T any] struct {
	*river.Client[T]
	tx func(db.Tx) T
}

func (c client[T]) insertTx(ctx context.Context, tx db.Tx, job Job, opts *river.InsertOpts) error {
	_, err := c.InsertTx(ctx, c.tx(tx), job, opts)
	return err
}

func newEngine(d *db.DB, cfg *river.Config) (engine, error) {
	if d.Engine() == db.Postgres {
		c, err := river.NewClient(riverpgxv5.New(d.Pool()), cfg)
		return client[pgx.Tx]{c, db.Tx.PGX}, err
	}
	// The one writer connection is shared: with a pool of its own the job engine starved under load.
	c, err := river.NewClient(riversqlite.New(d.Writer()), cfg)
	return client[*sql.Tx]{c, sqlTx}, err
}

func sqlTx(tx db.Tx) *sql.Tx { return tx.Tx.Tx }

// completer returns the function that completes a job in a transaction. It reports false if the job is no longer this
// attempt's; then the transaction must be rolled back.
func completer[J Job](d *db.DB) func(ctx context.Context, tx db.Tx, job *river.Job[J]) (bool, error) {
	if d.Engine() == db.Postgres {
		return func(ctx context.Context, tx db.Tx, job *river.Job[J]) (bool, error) {
			after, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx.PGX(), job)
			return err == nil && completed(job.JobRow, after.JobRow), err
		}
	}
	return func(ctx context.Context, tx db.Tx, job *river.Job[J]) (bool, error) {
		after, err := river.JobCompleteTx[*riversqlite.Driver](ctx, sqlTx(tx), job)
		return err == nil && completed(job.JobRow, after.JobRow), err
	}
}

// completed compares attempts, because the engine completes whichever attempt is running.
func completed(before, after *rivertype.JobRow) bool {
	return after.State == rivertype.JobStateCompleted && after.Attempt == before.Attempt
}

// quiet keeps the engine's own warnings and drops its notes on each failed job, which queue logs itself.
func quiet(l *slog.Logger) *slog.Logger { return slog.New(warnings{l.Handler()}) }

type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
