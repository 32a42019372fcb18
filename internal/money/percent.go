//go:build !bug_float_rounding

package money

import "math/bits"

// PercentDown returns bps basis points of a, rounded towards zero: a reward never exceeds the promised share.
// The product is taken in 128 bits, so it is exact for every non-negative amount.
// Returns ErrRange for a negative amount, a negative rate, or a result over 64 bits.
func (a Amount) PercentDown(bps int64) (Amount, error) {
	if a.Minor < 0 || bps < 0 {
		return Amount{}, ErrRange
	}
	hi, lo := bits.Mul64(uint64(a.Minor), uint64(bps))
	if hi >= 10_000 {
		return Amount{}, ErrRange
	}
	q, _ := bits.Div64(hi, lo, 10_000)
	if q > 1<<63-1 {
		return Amount{}, ErrRange
	}
	return Amount{int64(q), a.Currency}, nil
}
