package ident

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
)

// Keyring seals, signs and blinds under the installation's secret key (GOODWORD_SECRET_KEY). The first key
// writes; every key reads, so that a key can be rotated without downtime. Each purpose gets a key of its own by HKDF,
// so that a value made for one purpose is worthless for another.
type Keyring struct{ keys [][]byte }

// NewKeyring takes one or more secrets separated by commas, newest first, each of at least 32 characters.
func NewKeyring(secrets string) (*Keyring, error) {
	k := &Keyring{}
	for s := range strings.SplitSeq(secrets, ",") {
		s = strings.TrimSpace(s)
		if len(s) < 32 {
			return nil, errors.New("secret key: each key needs at least 32 characters")
		}
		k.keys = append(k.keys, []byte(s))
	}
	return k, nil
}

func derive(key []byte, purpose string) []byte {
	d, err := hkdf.Key(sha256.New, key, nil, "goodword/"+purpose, 32)
	if err != nil {
		panic("hkdf: " + err.Error()) // only for lengths no caller can pass
	}
	return d
}

func gcm(key []byte, purpose string) cipher.AEAD {
	b, err := aes.NewCipher(derive(key, purpose))
	if err != nil {
		panic("aes: " + err.Error())
	}
	a, err := cipher.NewGCM(b)
	if err != nil {
		panic("gcm: " + err.Error())
	}
	return a
}

// Seal encrypts with AES-256-GCM under a fresh nonce; the result is base64url text for a column or cookie.
func (k *Keyring) Seal(purpose string, plain []byte) string {
	a := gcm(k.keys[0], purpose)
	nonce := make([]byte, a.NonceSize(), a.NonceSize()+len(plain)+a.Overhead())
	rand.Read(nonce)
	return base64.RawURLEncoding.EncodeToString(a.Seal(nonce, nonce, plain, nil))
}

// Open reverses Seal with any key of the ring. It fails for a foreign purpose, a changed text or an unknown key.
func (k *Keyring) Open(purpose, sealed string) ([]byte, error) {
	b, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return nil, errors.New("open sealed value: not base64url")
	}
	for _, key := range k.keys {
		a := gcm(key, purpose)
		if len(b) < a.NonceSize() {
			break
		}
		if plain, err := a.Open(nil, b[:a.NonceSize()], b[a.NonceSize():], nil); err == nil {
			return plain, nil
		}
	}
	return nil, errors.New("open sealed value: wrong key, purpose or content")
}

// Sign returns an HMAC-SHA-256 over the parts, each set apart from the next, as base64url.
func (k *Keyring) Sign(purpose string, parts ...string) string {
	return sign(k.keys[0], purpose, parts)
}

// Verify reports in constant time whether sig was made by Sign over the same parts with any key of the ring.
func (k *Keyring) Verify(sig, purpose string, parts ...string) bool {
	ok := false
	for _, key := range k.keys {
		ok = hmac.Equal([]byte(sig), []byte(sign(key, purpose, parts))) || ok
	}
	return ok
}

func sign(key []byte, purpose string, parts []string) string {
	h := hmac.New(sha256.New, derive(key, purpose))
	for _, p := range parts {
		// The length in front keeps ("ab","c") and ("a","bc") apart.
		n := len(p)
		h.Write([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
		h.Write([]byte(p))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// Blind returns a keyed hash of a normalised address, for suppression and do-not-contact lists that outlive erasure.
// It uses the oldest key, because a list must stay comparable when keys rotate: a rotated-out last key loses it.
func (k *Keyring) Blind(purpose, value string) string {
	h := hmac.New(sha256.New, derive(k.keys[len(k.keys)-1], "blind/"+purpose))
	h.Write([]byte(value))
	return hex.EncodeToString(h.Sum(nil))
}
