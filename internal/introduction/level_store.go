//go:build !bug_last_event_wins && !bug_delta_refund

package introduction

// refundLevel is the greatest cumulative refund that was told, whatever came last or twice.
const refundLevel = "CASE WHEN excluded.refunded_minor > c.refunded_minor THEN excluded.refunded_minor ELSE c.refunded_minor END"
