package postgres

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun/driver/pgdriver"
)

// parseURL turns a URL into a configuration of the driver. Everything is set here, because the driver's own defaults
// read the environment, do not verify certificates, and give up on a query after ten seconds.
func parseURL(text string) (*pgdriver.Config, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil: // the error would repeat the password
		return nil, errors.New("the URL cannot be read; it is of the form postgres://user:password@host:port/database")
	case u.Scheme != "postgres" && u.Scheme != "postgresql":
		return nil, errors.New("the URL does not begin with postgres://")
	case u.User.Username() == "" || len(u.Path) < 2:
		return nil, errors.New("the URL names no user or no database")
	}
	params := parameters(u.Query())
	host := cmp.Or(params.take("host"), u.Hostname())
	if host == "" {
		return nil, errors.New("the URL names no host")
	}
	password, _ := u.User.Password()
	cfg := &pgdriver.Config{
		User:       u.User.Username(),
		Password:   password,
		Database:   u.Path[1:],
		AppName:    params.take("application_name"),
		BufferSize: 64 << 10,
		// A write that makes no progress means that the peer is gone. A read may take as long as a query does; there
		// it is the keep-alive probes of the connection that tell.
		WriteTimeout: time.Minute,
	}
	cfg.Network, cfg.Addr = address(host, cmp.Or(u.Port(), "5432"))
	cfg.TLSConfig, err = tlsConfig(
		host, params.take("sslmode"), params.take("sslrootcert"), params.take("sslcert"), params.take("sslkey"))
	if err != nil {
		return nil, err
	}
	if cfg.Dialer, err = dialer(params.take("connect_timeout")); err != nil {
		return nil, err
	}
	cfg.ConnParams = params.settings()
	return cfg, nil
}

// parameters are what a URL says after its question mark.
type parameters url.Values

// take returns a parameter that is not a setting of the session, and removes it.
func (p parameters) take(name string) string {
	defer delete(p, name)
	return url.Values(p).Get(name)
}

// settings returns the parameters that are left, which are settings of the session.
func (p parameters) settings() map[string]any {
	settings := make(map[string]any)
	for name := range p {
		settings[name] = url.Values(p).Get(name)
	}
	return settings
}

// address returns the network and the address of a server, whose host is a folder where it listens on a Unix socket.
func address(host, port string) (network, addr string) {
	if strings.HasPrefix(host, "/") {
		return "unix", filepath.Join(host, ".s.PGSQL."+port)
	}
	return "tcp", net.JoinHostPort(host, port)
}

func dialer(timeout string) (func(ctx context.Context, network, addr string) (net.Conn, error), error) {
	seconds, err := strconv.Atoi(cmp.Or(timeout, "10"))
	if err != nil || seconds <= 0 {
		return nil, errors.New("connect_timeout is not a number of seconds")
	}
	d := &net.Dialer{
		Timeout:         time.Duration(seconds) * time.Second,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 6},
	}
	return d.DialContext, nil
}
