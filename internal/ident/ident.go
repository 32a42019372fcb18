// Package ident makes ids, private link tokens and short public codes, and keeps the keys that seal and sign.
package ident

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"sync/atomic"
	"time"
)

// last is the time in the newest id of this process, in 1/4096 milliseconds.
var last atomic.Uint64

// New returns a UUIDv7 (RFC 9562, method 3): ids made later sort later, within a process strictly, across processes to
// the millisecond. Rows of one transaction therefore keep their order. The time in it is wall time and may run ahead of it
// when ids are made very fast; nothing may read it as a business date.
func New() string {
	var b [16]byte
	rand.Read(b[8:])
	now := time.Now()
	tick := uint64(now.UnixMilli())<<12 | uint64(now.Nanosecond()%1e6)<<12/1e6
	for {
		old := last.Load()
		if tick <= old {
			tick = old + 1
		}
		if last.CompareAndSwap(old, tick) {
			break
		}
	}
	var head [8]byte
	binary.BigEndian.PutUint64(head[:], tick>>12<<16|0x7000|tick&0x0fff)
	copy(b[:8], head[:])
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// Compact returns an id without its dashes, for places that allow letters and digits only (payout keys).
func Compact(id string) string { return strings.ReplaceAll(id, "-", "") }

// Valid reports whether s has the form of an id, so that a look-up with anything else can be refused before the database.
func Valid(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}

// Token is the secret in a private link, set-up link, session or API key: 160 random bits as 27 base64url characters.
// Only its Hash is stored for look-up.
type Token string

// NewToken returns a fresh token from the system's random source.
func NewToken() Token {
	var b [20]byte
	rand.Read(b[:])
	return Token(base64.RawURLEncoding.EncodeToString(b[:]))
}

// Hash returns the SHA-256 of the token in hex, as stored in *_hash columns. A token has enough entropy
// that a fast hash cannot be searched, and equality of hashes in an index leaks nothing about it.
func (t Token) Hash() string {
	sum := sha256.Sum256([]byte(t))
	return hex.EncodeToString(sum[:])
}

// String hides the token from logs and error texts; convert to string on purpose where a link is built.
func (Token) String() string { return "[token]" }

// GoString hides the token from %#v.
func (Token) GoString() string { return "[token]" }

// Plain returns the secret itself, for building the link.
func (t Token) Plain() string { return string(t) }

const codeAlphabet = "23456789abcdefghjkmnpqrstuvwxyz"

// NewCode returns a short public code of n characters without look-alikes (no 0 o 1 l i), for share links, placements
// and promotion codes. It is not a secret.
func NewCode(n int) string {
	b := make([]byte, 0, n)
	var r [1]byte
	for len(b) < n {
		rand.Read(r[:])
		// 248 is the largest multiple of 31 below 256; bytes above it would favour the first letters.
		if r[0] < 248 {
			b = append(b, codeAlphabet[int(r[0])%len(codeAlphabet)])
		}
	}
	return string(b)
}

// NewDigits returns n random decimal digits, for step-up codes.
func NewDigits(n int) string {
	b := make([]byte, 0, n)
	var r [1]byte
	for len(b) < n {
		rand.Read(r[:])
		if r[0] < 250 {
			b = append(b, '0'+r[0]%10)
		}
	}
	return string(b)
}
