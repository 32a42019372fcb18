// Package stripesim is a stateful stand-in for the part of Stripe that Goodword uses: API version
// 2023-10-16 over HTTP, with its idempotency, its money and its webhooks.
//
// Three parties talk to it. The application calls /v1 as it would call Stripe. The outside world (a test,
// the demo's play page) makes things happen: a checkout, an invoice, a refund, a dispute; by Go methods or
// by POST under /_sim/, which answers on loopback only. And a test asks it afterwards what really happened:
// Effects, Requests, Violations. Its own record is the oracle for money, never the application's database.
//
// It keeps everything in memory, and in a file when Options.Path is set, so that it may outlive kill -9.
// Everything it does is decided by Options.Seed, the injected clock and the requests it gets.
package stripesim

// APIVersion is the version of Stripe's API that the stand-in speaks: the one of stripe-go v76.
const APIVersion = "2023-10-16"
