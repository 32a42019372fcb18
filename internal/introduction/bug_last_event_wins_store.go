//go:build bug_last_event_wins

package introduction

// refundLevel believes whatever came last.
const refundLevel = "excluded.refunded_minor"
