package money_test

import (
	"math"
	"math/big"
	"testing"

	"goodword/internal/money"

	"pgregory.net/rapid"
)

func TestParse_AcceptsOnlyPlainDecimals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in, currency string
		want         int64
		ok           bool
	}{
		{"50", "EUR", 5000, true}, {"50.0", "EUR", 5000, true}, {"0.05", "EUR", 5, true}, {"7", "JPY", 7, true},
		{"1.234", "KWD", 1234, true}, {"92233720368547758.07", "EUR", math.MaxInt64, true},
		{"92233720368547758.08", "EUR", 0, false}, {"1e2", "EUR", 0, false}, {"１００", "EUR", 0, false},
		{"1,00", "EUR", 0, false}, {"NaN", "EUR", 0, false}, {"-0", "EUR", 0, false}, {"+1", "EUR", 0, false},
		{"", "EUR", 0, false}, {".5", "EUR", 0, false}, {"5.", "EUR", 0, false}, {"1.234", "EUR", 0, false},
		{"1.5", "JPY", 0, false}, {" 1", "EUR", 0, false}, {"1", "ZZZ", 0, false},
	} {
		got, err := money.Parse(c.in, c.currency)
		if (err == nil) != c.ok || got.Minor != c.want {
			t.Errorf("Parse(%q, %s) = %v, %v; want %d, ok %v", c.in, c.currency, got, err, c.want, c.ok)
		}
	}
}

func TestDecimal_RoundTrips(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := money.New(rapid.Int64Min(0).Draw(t, "minor"), rapid.SampledFrom([]string{"JPY", "EUR", "KWD"}).Draw(t, "currency"))
		got, err := money.Parse(a.Decimal(), a.Currency)
		if err != nil || got != a {
			t.Fatalf("Parse(%q) = %v, %v; want %v", a.Decimal(), got, err, a)
		}
	})
}

// The shares are checked against arbitrary-precision arithmetic, so an overflow cannot hide.
func TestPercentAndShare_AreExactAndNeverRoundUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := money.New(rapid.Int64Min(0).Draw(t, "minor"), rapid.SampledFrom([]string{"JPY", "USD", "KWD"}).Draw(t, "currency"))
		bps := rapid.Int64Range(0, 10_000).Draw(t, "bps")
		got, err := a.PercentDown(bps)
		want := new(big.Int).Div(new(big.Int).Mul(big.NewInt(a.Minor), big.NewInt(bps)), big.NewInt(10_000))
		if err != nil || got.Minor != want.Int64() || got.Minor > a.Minor {
			t.Fatalf("%v PercentDown(%d) = %v, %v; want %v", a, bps, got, err, want)
		}
		whole := rapid.Int64Min(1).Draw(t, "whole")
		part := rapid.Int64Range(0, whole).Draw(t, "part")
		kept, err := a.ShareDown(part, whole)
		if err != nil {
			t.Fatal(err)
		}
		lost, err := a.Sub(kept)
		if err != nil {
			t.Fatal(err)
		}
		if sum, err := kept.Add(lost); err != nil || sum != a {
			t.Fatalf("parts of %v sum to %v, %v", a, sum, err)
		}
	})
}

func TestAdd_RefusesOverflowAndForeignCurrency(t *testing.T) {
	t.Parallel()
	if _, err := money.New(math.MaxInt64, "EUR").Add(money.New(1, "EUR")); err == nil {
		t.Error("MaxInt64 + 1 was accepted")
	}
	if _, err := money.New(-math.MaxInt64, "EUR").Add(money.New(-2, "EUR")); err == nil {
		t.Error("-MaxInt64 - 2 was accepted")
	}
	if _, err := money.New(1, "EUR").Add(money.New(1, "USD")); err == nil {
		t.Error("EUR + USD was accepted")
	}
}
