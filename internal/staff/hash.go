package staff

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"

	"github.com/alexedwards/argon2id"

	"goodword/internal/fault"
)

// params are OWASP's for argon2id with the least memory: 19 MiB, two passes, one lane; about 50 ms.
var params = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

const (
	hashesAtOnce = 2
	hashesQueued = 64
)

// hasher bounds how much memory and processor sign-ins can take, however many come at once.
type hasher struct {
	running chan struct{}
	waiting chan struct{}
	// dummy is the hash that unknown addresses are compared with.
	dummy string
}

func newHasher() *hasher {
	// Random bytes in the form of a hash: comparing with them takes as long as with any, and making a real one would take the
	// start of the program as much time and memory as a login.
	salt, key := make([]byte, params.SaltLength), make([]byte, params.KeyLength)
	rand.Read(salt)
	rand.Read(key)
	dummy := fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", params.Memory, params.Iterations, params.Parallelism,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
	return &hasher{running: make(chan struct{}, hashesAtOnce), waiting: make(chan struct{}, hashesQueued), dummy: dummy}
}

func (h *hasher) enter(ctx context.Context) (leave func(), err error) {
	busy := &fault.Error{Code: fault.Unavailable, Message: "Many people are signing in. Please try again.", Key: "error.unavailable"}
	select {
	case h.waiting <- struct{}{}:
	default:
		return nil, busy
	}
	defer func() { <-h.waiting }()
	select {
	case h.running <- struct{}{}:
		return func() { <-h.running }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to check a password: %w", ctx.Err())
	}
}

// matches compares a password with a hash; an empty hash costs the same and never matches.
func (h *hasher) matches(ctx context.Context, password, hash string) (bool, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	against := hash
	if against == "" {
		against = h.dummy
	}
	ok, err := argon2id.ComparePasswordAndHash(password, against)
	if err != nil {
		return false, fmt.Errorf("compare password: %w", err)
	}
	return ok && hash != "", nil
}

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	hash, err := argon2id.CreateHash(password, params)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return hash, nil
}
