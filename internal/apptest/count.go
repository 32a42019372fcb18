package apptest

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/uptrace/bun"
)

// counter counts what requests ask the database, and nothing that jobs do meanwhile.
type counter struct{ n atomic.Int64 }

type requestKey struct{}

func (c *counter) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (c *counter) AfterQuery(ctx context.Context, e *bun.QueryEvent) {
	// The settings are read again every second, by whichever request comes then.
	if ctx.Value(requestKey{}) != nil && !strings.Contains(e.Query, `FROM "setting"`) {
		c.n.Add(1)
	}
}

// mark tells the queries of requests from others.
func (c *counter) mark(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, true)))
	})
}

// Queries returns how many queries the requests that do makes send to the database, begin and commit included. The one
// prepared look-up with which every private page begins is not among them.
func (w *World) Queries(do func()) int64 {
	before := w.counter.n.Load()
	do()
	return w.counter.n.Load() - before
}
