//go:build bug_float_rounding

package money

import "math"

// PercentDown rounds to the nearest.
func (a Amount) PercentDown(bps int64) (Amount, error) {
	if a.Minor < 0 || bps < 0 {
		return Amount{}, ErrRange
	}
	return Amount{int64(math.Round(float64(a.Minor) * float64(bps) / 10_000)), a.Currency}, nil
}
