package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/internal/db"
	"goodword/internal/fault"
)

const (
	idempotencyHeader = "Idempotency-Key"
	// keyLife is how long an answer is kept.
	keyLife = 24 * time.Hour
	// claimLife is how long a request may be under way before its key counts as abandoned by a process that died. It is
	// longer than any request may take.
	claimLife = 15 * time.Minute
	// sealing is the purpose under which kept answers are encrypted: they may hold a private link.
	sealing = "api.answer"
)

// once answers a POST with an Idempotency-Key: the first request does the work and its answer is kept; the same request
// again gets that answer, another one under the key is refused. What was refused has done nothing, so its key is free
// again.
func (a *api) once(one *call, key string, next echo.HandlerFunc) error {
	c := one.echo
	if len(key) > 200 {
		return &fault.Error{Code: fault.Malformed, Message: "An Idempotency-Key has at most 200 characters.", Problems: []fault.Problem{{Field: idempotencyHeader, Message: "This is too long."}}}
	}
	ctx := c.Request().Context()
	row := kept{Principal: string(one.actor.Kind) + ":" + one.actor.ID, Key: key, CreatedAt: a.Wall().UTC().Truncate(time.Microsecond)}
	printed := fingerprinted(c.Request())
	mine, err := claim(ctx, a.DB, row)
	if err != nil {
		return err
	}
	if !mine {
		return a.repeat(ctx, one, row, printed)
	}
	given, err := run(one, next)
	// The client may leave meanwhile; what is noted about the key is true all the more.
	noting := context.WithoutCancel(ctx)
	if err != nil || given.Status >= http.StatusMultipleChoices {
		if err := errors.Join(err, drop(noting, a.DB, row)); err != nil {
			return err
		}
		return given.send(c)
	}
	if err := a.keep(noting, row, printed, given); err != nil {
		// The work is committed, so its answer goes out; the key stays taken until claimLife is over.
		a.Logger.Error("answer not kept", "request_id", one.actor.RequestID, "error", err.Error())
	}
	return given.send(c)
}

// keep seals the answer under the key.
func (a *api) keep(ctx context.Context, row kept, printed *fingerprint, given answer) error {
	request, err := printed.rest()
	if err != nil {
		return err
	}
	plain, err := json.Marshal(given)
	if err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	row.RequestHash, row.Status, row.Answer = request, given.Status, a.Keys.Seal(sealing, plain)
	return finish(ctx, a.DB, row)
}

// repeat answers from what is kept.
func (a *api) repeat(ctx context.Context, one *call, row kept, printed *fingerprint) error {
	first, err := find(ctx, a.DB, row)
	if err != nil {
		return err
	}
	if first.Status == 0 {
		return fault.New(fault.Conflict, "The first request with this Idempotency-Key is still under way.")
	}
	request, err := printed.rest()
	if err != nil {
		return err
	}
	if request != first.RequestHash {
		return fault.New(fault.Conflict, "This Idempotency-Key was used for another request.")
	}
	plain, err := a.Keys.Open(sealing, first.Answer)
	if err != nil {
		return fmt.Errorf("open kept answer: %w", err)
	}
	var given answer
	if err := json.Unmarshal(plain, &given); err != nil {
		return fmt.Errorf("open kept answer: %w", err)
	}
	given.Header.Set("Idempotency-Replayed", "true")
	return given.send(one.echo)
}

// fingerprint takes that of a request while its body is read, so that an upload is not read twice.
type fingerprint struct {
	hash hash.Hash
	body io.ReadCloser
}

func fingerprinted(r *http.Request) *fingerprint {
	f := &fingerprint{hash: sha256.New(), body: r.Body}
	f.hash.Write([]byte(r.Method + "\n" + r.URL.RequestURI() + "\n"))
	if f.body != nil {
		r.Body = f
	}
	return f
}

// Read passes the body on and adds it to the fingerprint.
func (f *fingerprint) Read(p []byte) (int, error) {
	n, err := f.body.Read(p)
	f.hash.Write(p[:n])
	return n, err
}

// Close leaves the body open: what the handler did not read still belongs to the fingerprint.
func (f *fingerprint) Close() error { return nil }

// rest reads what is left of the body and returns the fingerprint.
func (f *fingerprint) rest() (string, error) {
	if f.body != nil {
		if _, err := io.Copy(io.Discard, f); err != nil {
			return "", fault.Wrap(fault.Malformed, "The request could not be read.", err)
		}
	}
	return hex.EncodeToString(f.hash.Sum(nil)), nil
}

// PurgeAnswers is the sweep that forgets kept answers after 24 hours. now is wall time. It returns how many went.
func PurgeAnswers(ctx context.Context, d *db.DB, now time.Time) (int64, error) {
	n, err := purge(ctx, d, now.UTC().Add(-keyLife))
	if err != nil {
		return 0, fmt.Errorf("purge kept answers: %w", err)
	}
	return n, nil
}
