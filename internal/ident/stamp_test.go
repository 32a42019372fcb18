package ident_test

import (
	"strings"
	"testing"

	"goodword/internal/ident"
)

func TestStamp_HoldsForItsTextAndPurposeOnly(t *testing.T) {
	t.Parallel()
	ring := func(secrets string) *ident.Keyring {
		k, err := ident.NewKeyring(secrets)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	first, second := strings.Repeat("a", 32), strings.Repeat("b", 32)
	old, turned, other := ring(first), ring(second+","+first), ring(second)
	public, signature := old.Stamp("head", []byte("text"))
	if again, same := old.Stamp("head", []byte("text")); again != public || same != signature {
		t.Error("the same text is stamped differently")
	}
	if !ident.StampHolds(public, signature, []byte("text")) || !old.OwnStamp("head", public) || !turned.OwnStamp("head", public) {
		t.Error("a good stamp does not hold, or not after the key was turned")
	}
	foreign, _ := other.Stamp("head", []byte("text"))
	for name, holds := range map[string]bool{
		"another text":      ident.StampHolds(public, signature, []byte("texT")),
		"another key":       ident.StampHolds(foreign, signature, []byte("text")),
		"no key":            ident.StampHolds("", signature, []byte("text")),
		"a cut signature":   ident.StampHolds(public, signature[:40], []byte("text")),
		"a foreign ring":    other.OwnStamp("head", public),
		"a foreign purpose": old.OwnStamp("tail", public),
	} {
		if holds {
			t.Errorf("%s is taken for good", name)
		}
	}
}
