package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"time"

	"goodword/internal/web"
)

// Listening says how Serve runs.
type Listening struct {
	// Work lets this process work jobs and sweeps as well.
	Work bool
	// Listener takes connections instead of the configured address; may be nil.
	Listener net.Listener
	// Ready is called once connections are taken.
	Ready func(net.Addr)
}

// startLag is how long the start's memory is kept: looking through it delays whoever comes meanwhile.
const startLag = 2 * time.Second

// Serve answers requests until ctx ends, then stops in order: not ready, requests, jobs, batched writes.
func (a *App) Serve(ctx context.Context, l Listening) error {
	ln := l.Listener
	if ln == nil {
		var listen net.ListenConfig
		var err error
		if ln, err = listen.Listen(ctx, "tcp", a.Config.Addr); err != nil {
			return fmt.Errorf("listen: %w", err)
		}
	}
	if err := a.Start(ctx); err != nil {
		return errors.Join(err, ln.Close())
	}
	if l.Work {
		if err := a.Work(ctx); err != nil {
			return errors.Join(err, ln.Close(), a.stop(ctx))
		}
	}
	l.Ready(ln.Addr())
	// What was needed only to start goes back to the machine, once the first visitors have been served.
	thrift := time.AfterFunc(startLag, debug.FreeOSMemory)
	defer thrift.Stop()
	err := web.Serve(ctx, ln, web.Server(a.Config, a.Handler, a.log), a.Ready)
	return errors.Join(err, a.stop(ctx))
}

// WorkOnly works jobs and sweeps until ctx ends.
func (a *App) WorkOnly(ctx context.Context) error {
	if err := a.Start(ctx); err != nil {
		return err
	}
	if err := a.Work(ctx); err != nil {
		return errors.Join(err, a.stop(ctx))
	}
	a.log.Info("working")
	<-ctx.Done()
	return a.stop(ctx)
}

// stopLimit is how long running jobs may take to end after the requests have.
const stopLimit = 30 * time.Second

func (a *App) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer cancel()
	return a.Stop(ctx)
}

// FirstSteps tells whoever starts an installation that nobody has an account yet how to make the first one.
func (a *App) FirstSteps(ctx context.Context, w io.Writer) {
	members, err := a.Staff.List(ctx, a.DB)
	if err != nil || len(members) > 0 {
		return // the log has the error of the first request, too
	}
	fmt.Fprintf(w, "Nobody has an account yet. Make the first:\n  goodword staff add --email you@example.com --name \"Your Name\" --role owner\n")
}
