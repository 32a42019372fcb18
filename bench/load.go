package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// connections is how many visitors come at once.
const connections = 64

// load is what is sent to a server: Request returns the n-th request of a connection as it goes over the wire.
type load struct {
	url string
	// connections is the number of connections; 64 unless set.
	connections int
	// request returns the n-th request of connection c, headers and body.
	request func(c, n int) []byte
	// want is the status that counts; any other ends the run with an error.
	want int
	// most ends the run after so many requests; 0 means that only the time does.
	most int
}

// run sends requests for d on kept connections, one after the other on each. It speaks HTTP/1.1 by itself: net/http's client
// would take more of the machine than what is measured.
func (l load) run(ctx context.Context, d time.Duration) (half, int, error) {
	if l.connections == 0 {
		l.connections = connections
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	end := time.Now().Add(d)
	took := make([][]time.Duration, l.connections)
	errs := make([]error, l.connections)
	began := time.Now()
	var all sync.WaitGroup
	for c := range l.connections {
		all.Go(func() {
			took[c], errs[c] = l.visitor(ctx, c, end)
			if errs[c] != nil {
				cancel()
			}
		})
	}
	all.Wait()
	seconds := time.Since(began).Seconds()
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return half{}, 0, err
		}
	}
	every := slices.Concat(took...)
	if len(every) == 0 {
		return half{}, 0, errors.New("no request was answered")
	}
	slices.Sort(every)
	return half{rate: float64(len(every)) / seconds, p50: every[len(every)/2], p99: every[len(every)*99/100]}, len(every), nil
}

func (l load) visitor(ctx context.Context, c int, end time.Time) ([]time.Duration, error) {
	var dial net.Dialer
	conn, err := dial.DialContext(ctx, "tcp", strings.TrimPrefix(l.url, "http://"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // nothing of it is wanted any more
	in := bufio.NewReaderSize(conn, 32<<10)
	var took []time.Duration
	for n := 0; ctx.Err() == nil && time.Now().Before(end) && (l.most == 0 || n*l.connections+c < l.most); n++ {
		request := l.request(c, n)
		began := time.Now()
		if _, err := conn.Write(request); err != nil {
			return took, err
		}
		status, err := answer(in)
		if err != nil {
			return took, err
		}
		if status != l.want {
			first, _, _ := strings.Cut(string(request), "\r\n")
			return took, fmt.Errorf("request %d of a connection, %.60s, is answered %d, want %d", n+1, first, status, l.want)
		}
		took = append(took, time.Since(began))
	}
	return took, ctx.Err()
}

// answer reads one answer and throws its body away.
func answer(in *bufio.Reader) (status int, err error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < 12 {
		return 0, fmt.Errorf("an answer begins %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, err
	}
	length, chunked := int64(0), false
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if len(line) <= 2 {
			break
		}
		if name, value, ok := strings.Cut(string(line), ":"); ok {
			switch value = strings.TrimSpace(value); {
			case strings.EqualFold(name, "Content-Length"):
				if length, err = strconv.ParseInt(value, 10, 64); err != nil {
					return 0, err
				}
			case strings.EqualFold(name, "Transfer-Encoding"):
				chunked = strings.EqualFold(value, "chunked")
			}
		}
	}
	if !chunked {
		_, err = io.CopyN(io.Discard, in, length)
		return status, err
	}
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(line)), 16, 64)
		if err != nil {
			return 0, err
		}
		if _, err := in.Discard(int(size) + 2); err != nil {
			return 0, err
		}
		if size == 0 {
			return status, nil
		}
	}
}

// agent is a browser's name, since robots are counted apart.
const agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1"

// from is the address that a trusted proxy would name: visitors come from many, and limits count by address.
func from(c, n int) string {
	n += c * 7919
	return fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)
}

func get(url, path, client string) []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: " + strings.TrimPrefix(url, "http://") + "\r\nUser-Agent: " + agent +
		"\r\nAccept: text/html\r\nAccept-Language: en\r\nX-Forwarded-For: " + client + "\r\n\r\n")
}

func post(url, path, client string, header http.Header, body []byte) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nX-Forwarded-For: %s\r\nContent-Length: %d\r\n",
		path, strings.TrimPrefix(url, "http://"), agent, client, len(body))
	for name, values := range header {
		fmt.Fprintf(&b, "%s: %s\r\n", name, values[0])
	}
	b.WriteString("\r\n")
	b.Write(body)
	return []byte(b.String())
}
