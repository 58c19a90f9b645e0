package companiontest

import (
	"net"
	"testing"
)

// Pipes is a [net.Listener] that no network is behind, for tests of a server in which time is not the real one.
type Pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

// NewPipes returns a listener to which nobody has connected. The server closes it, once.
func NewPipes() *Pipes { return &Pipes{make(chan net.Conn), make(chan struct{})} }

// Dial connects, waits until the server takes the connection, and returns the client's end of it, which ends with the test.
func (p *Pipes) Dial(tb testing.TB) net.Conn {
	tb.Helper()
	client, conn := net.Pipe()
	tb.Cleanup(func() { _ = client.Close() })
	p.conns <- conn
	return client
}

// Accept implements [net.Listener].
func (p *Pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (p *Pipes) Close() error {
	close(p.closed)
	return nil
}

// Addr implements [net.Listener].
func (p *Pipes) Addr() net.Addr { return &net.UnixAddr{} }
