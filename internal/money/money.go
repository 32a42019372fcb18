// Package money holds amounts as integer minor units of an ISO 4217 currency. There is no float in it.
package money

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// ErrCurrency means that two amounts of different currencies met, or that a currency is not known.
var ErrCurrency = errors.New("money: currencies differ or are unknown")

// ErrRange means that a result does not fit into 64 bits.
var ErrRange = errors.New("money: amount out of range")

// Amount is a sum in minor units (cents, yen, fils) of one currency. JSON as contract.md 5 fixes it.
type Amount struct {
	Minor    int64  `json:"amount_minor"`
	Currency string `json:"currency"`
}

// exponents are the ISO 4217 minor-unit digits of the currencies that differ from 2, and the ones accepted with 2.
var exponents = func() map[string]int {
	m := map[string]int{}
	for _, c := range strings.Fields("AED AUD BGN BRL CAD CHF CNY COP CZK DKK EGP EUR GBP GEL HKD HUF IDR ILS INR KES MAD MXN MYR NGN NOK NZD PEN PHP PKR PLN QAR RON RSD SAR SEK SGD THB TRY TWD UAH USD ZAR") {
		m[c] = 2
	}
	for _, c := range strings.Fields("CLP ISK JPY KRW PYG UGX VND XAF XOF") {
		m[c] = 0
	}
	for _, c := range strings.Fields("BHD IQD JOD KWD LYD OMR TND") {
		m[c] = 3
	}
	return m
}()

// New makes an amount. The currency is upper-cased; use Known to check it.
func New(minor int64, currency string) Amount {
	return Amount{Minor: minor, Currency: strings.ToUpper(currency)}
}

// Known reports whether the currency is one that Goodword pays in.
func Known(currency string) bool { _, ok := exponents[currency]; return ok }

// Exponent returns the number of minor-unit digits (JPY 0, EUR 2, KWD 3); 2 for an unknown currency.
func Exponent(currency string) int {
	if e, ok := exponents[currency]; ok {
		return e
	}
	return 2
}

// Zero reports whether nothing is left.
func (a Amount) Zero() bool { return a.Minor == 0 }

// Add returns a+b. Returns ErrCurrency or ErrRange.
func (a Amount) Add(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, fmt.Errorf("add %s and %s: %w", a.Currency, b.Currency, ErrCurrency)
	}
	s := a.Minor + b.Minor
	if (a.Minor > 0) == (b.Minor > 0) && (s > 0) != (a.Minor > 0) && a.Minor != 0 && b.Minor != 0 {
		return Amount{}, ErrRange
	}
	return Amount{s, a.Currency}, nil
}

// Sub returns a-b. Returns ErrCurrency or ErrRange.
func (a Amount) Sub(b Amount) (Amount, error) {
	if b.Minor == -1<<63 {
		return Amount{}, ErrRange
	}
	return a.Add(Amount{-b.Minor, b.Currency})
}

// ShareDown returns a*part/whole rounded towards zero, exact in 128 bits: the part of a reward that a net sum still earns.
// Returns ErrRange unless 0 <= part <= whole and whole > 0 and a >= 0.
func (a Amount) ShareDown(part, whole int64) (Amount, error) {
	if a.Minor < 0 || part < 0 || whole <= 0 || part > whole {
		return Amount{}, ErrRange
	}
	hi, lo := bits.Mul64(uint64(a.Minor), uint64(part))
	q, _ := bits.Div64(hi, lo, uint64(whole))
	return Amount{int64(q), a.Currency}, nil
}

// String returns the amount for logs and CSV: "50.00 EUR", "-3 JPY". People read package i18n's form.
func (a Amount) String() string { return a.Decimal() + " " + a.Currency }

// Decimal returns the amount in major units with a point and the currency's digits, without the currency: "50.00".
func (a Amount) Decimal() string {
	e := Exponent(a.Currency)
	neg := a.Minor < 0
	u := uint64(a.Minor)
	if neg {
		u = -u
	}
	s := strconv.FormatUint(u, 10)
	if e > 0 {
		if len(s) <= e {
			s = strings.Repeat("0", e-len(s)+1) + s
		}
		s = s[:len(s)-e] + "." + s[len(s)-e:]
	}
	if neg {
		s = "-" + s
	}
	return s
}

// Parse reads a plain decimal in major units: ASCII digits, at most one point, at most the currency's digits after it.
// "50", "50.0" and "50.00" are the same; a sign, exponent, group separator or other script is refused.
func Parse(s, currency string) (Amount, error) {
	if !Known(currency) {
		return Amount{}, fmt.Errorf("parse amount in %q: %w", currency, ErrCurrency)
	}
	whole, frac, point := strings.Cut(s, ".")
	e := Exponent(currency)
	if whole == "" || (point && frac == "") || len(frac) > e || !digits(whole) || !digits(frac) {
		return Amount{}, errors.New("money: not a plain decimal amount")
	}
	n, err := strconv.ParseInt(whole+frac+strings.Repeat("0", e-len(frac)), 10, 64)
	if err != nil {
		return Amount{}, ErrRange
	}
	return Amount{n, currency}, nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
