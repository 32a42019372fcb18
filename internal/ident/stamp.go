package ident

import (
	"crypto/ed25519"
	"encoding/base64"
	"slices"
)

// Stamp signs a text with Ed25519 under a key of the purpose's own, derived from the newest secret. It returns the public key
// and the signature as base64url. Unlike Sign's, a stamp can be checked by somebody who could not have made it.
func (k *Keyring) Stamp(purpose string, text []byte) (public, signature string) {
	key := stampKey(k.keys[0], purpose)
	return publicOf(key), base64.RawURLEncoding.EncodeToString(ed25519.Sign(key, text))
}

// OwnStamp reports whether a public key is that of a secret of the ring for the purpose.
func (k *Keyring) OwnStamp(purpose, public string) bool {
	return slices.ContainsFunc(k.keys, func(secret []byte) bool { return publicOf(stampKey(secret, purpose)) == public })
}

// StampHolds reports whether the signature is one over the text by the owner of the public key.
func StampHolds(public, signature string, text []byte) bool {
	p, err := base64.RawURLEncoding.DecodeString(public)
	if err != nil || len(p) != ed25519.PublicKeySize {
		return false
	}
	s, err := base64.RawURLEncoding.DecodeString(signature)
	return err == nil && ed25519.Verify(p, text, s)
}

func stampKey(secret []byte, purpose string) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(derive(secret, "ed25519/"+purpose))
}

func publicOf(key ed25519.PrivateKey) string {
	public := key[ed25519.PrivateKeySize-ed25519.PublicKeySize:]
	return base64.RawURLEncoding.EncodeToString(public)
}
