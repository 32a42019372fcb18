//go:build !bug_ack_before_store

package billing

import "context"

// keep returns once the event is committed. It does not end with ctx, because others may wait for this one to write; every
// batch has its own limit.
func (e *Events) keep(ctx context.Context, ev Event) error {
	a := &arrival{event: ev, turn: make(chan verdict, 1)}
	in := &e.intake
	in.mu.Lock()
	in.waiting = append(in.waiting, a)
	first := !in.busy
	in.busy = true
	in.mu.Unlock()
	if !first {
		if v := <-a.turn; !v.lead {
			return v.err
		}
	}
	return e.lead(context.WithoutCancel(ctx))
}
