package main

import (
	"net"
	"net/http"
	"sync"
)

// silent are the connections on which no request has begun. Browsers hold some in store, and a server that shuts down would
// wait five seconds for what they may still say.
type silent struct {
	mu     sync.Mutex
	conns  map[net.Conn]bool
	closed bool
}

// follow is the server's ConnState.
func (s *silent) follow(conn net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case state != http.StateNew:
		delete(s.conns, conn)
	case s.closed: // it was accepted as the listener closed
		_ = conn.Close()
	default:
		s.conns[conn] = true
	}
}

// close closes them, and those that are still to come.
func (s *silent) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for conn := range s.conns {
		_ = conn.Close()
	}
}
