package stripesim

import (
	"net"
	"net/http"
)

// breakOff ends the connection in the middle of an answer. Something is always written first: Go's
// http.Transport repeats a request with an idempotency key by itself, unseen, when a reused connection
// ends before the first byte, and a fault that nobody notices proves nothing.
func breakOff(w http.ResponseWriter, part []byte, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2 or a recorder: net/http ends the stream for us
	}
	if part == nil {
		part = []byte("H")
	}
	writeAll(conn, part)
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		// Without lingering, closing sends RST. If setting it fails the client sees a plain end instead.
		if tcp.SetLinger(0) != nil {
			panic(http.ErrAbortHandler)
		}
	}
	if conn.Close() != nil {
		panic(http.ErrAbortHandler)
	}
}
