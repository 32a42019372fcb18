//go:build bug_delta_refund

package introduction

// refundLevel adds up what was told.
const refundLevel = "c.refunded_minor + excluded.refunded_minor"
