package ident_test

import (
	"fmt"
	"strings"
	"testing"

	"goodword/internal/ident"
)

const secret = "0123456789abcdef0123456789abcdef"

// S1: 100,000 tokens without a repeat, long enough, and with no favoured character at any position.
func TestNewToken_IsUnguessable(t *testing.T) {
	t.Parallel()
	const n = 100_000
	seen := make(map[string]bool, n)
	counts := make([]map[byte]int, 26) // the 27th character carries only 4 bits
	for i := range counts {
		counts[i] = map[byte]int{}
	}
	for range n {
		p := ident.NewToken().Plain()
		if len(p) < 22 || seen[p] {
			t.Fatalf("token of length %d, repeated %v", len(p), seen[p])
		}
		seen[p] = true
		for i := range counts {
			counts[i][p[i]]++
		}
	}
	for i, c := range counts {
		var chi float64
		for _, k := range c {
			d := float64(k) - n/64.0
			chi += d * d / (n / 64.0)
		}
		// 63 degrees of freedom: above 150 has a probability below 1e-8.
		if len(c) != 64 || chi > 150 {
			t.Errorf("position %d: %d different characters, chi-square %.1f", i, len(c), chi)
		}
	}
}

func TestToken_NeverPrintsItself(t *testing.T) {
	t.Parallel()
	tok := ident.NewToken()
	for _, s := range []string{fmt.Sprint(tok), fmt.Sprintf("%v %+v %#v %s", tok, tok, tok, tok)} {
		if strings.Contains(s, tok.Plain()) {
			t.Errorf("the token shows in %q", s)
		}
	}
}

func TestNew_SortsByTimeAndIsValid(t *testing.T) {
	t.Parallel()
	id := ident.New()
	if !ident.Valid(id) || id[14] != '7' {
		t.Errorf("New() = %q, not a UUIDv7", id)
	}
	for _, s := range []string{"", "x", strings.ToUpper(id), id + "0", strings.ReplaceAll(id, "-", "_")} {
		if ident.Valid(s) {
			t.Errorf("Valid(%q) = true", s)
		}
	}
}

func TestNew_KeepsTheOrderInWhichIdsAreMade(t *testing.T) {
	t.Parallel()
	before := ident.New()
	for i := range 100_000 {
		id := ident.New()
		if id <= before || !ident.Valid(id) || id[14] != '7' {
			t.Fatalf("id %d is %s after %s", i, id, before)
		}
		before = id
	}
}

func TestKeyring_RotatesAndKeepsPurposesApart(t *testing.T) {
	t.Parallel()
	old, err := ident.NewKeyring(secret)
	if err != nil {
		t.Fatal(err)
	}
	rotated, err := ident.NewKeyring(strings.Repeat("n", 32) + ", " + secret)
	if err != nil {
		t.Fatal(err)
	}
	sealed := old.Seal("link", []byte("hello"))
	if got, err := rotated.Open("link", sealed); err != nil || string(got) != "hello" {
		t.Errorf("Open with the rotated ring = %q, %v", got, err)
	}
	if _, err := old.Open("cookie", sealed); err == nil {
		t.Error("a value sealed for one purpose opened for another")
	}
	if _, err := old.Open("link", rotated.Seal("link", []byte("x"))); err == nil {
		t.Error("the old ring opened what the new key sealed")
	}
	sig := old.Sign("nonce", "ab", "c")
	if !rotated.Verify(sig, "nonce", "ab", "c") || rotated.Verify(sig, "nonce", "a", "bc") || rotated.Verify(sig, "draft", "ab", "c") {
		t.Error("signatures do not tell purposes, parts and keys apart")
	}
	if old.Blind("email", "a@b.example") != rotated.Blind("email", "a@b.example") {
		t.Error("a blind hash changed with the key's rotation")
	}
	if _, err := ident.NewKeyring("short"); err == nil {
		t.Error("a short key was accepted")
	}
}
