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
	params := u.Query()
	take := func(name string) string {
		defer params.Del(name)
		return params.Get(name)
	}
	host, port := cmp.Or(take("host"), u.Hostname()), cmp.Or(u.Port(), "5432")
	if host == "" {
		return nil, errors.New("the URL names no host")
	}
	password, _ := u.User.Password()
	conn := &pgdriver.Config{
		User:       u.User.Username(),
		Password:   password,
		Database:   u.Path[1:],
		AppName:    take("application_name"),
		BufferSize: 64 << 10,
		// A write that makes no progress means that the peer is gone. A read may take as long as a query does; there
		// it is the keep-alive probes of the connection that tell.
		WriteTimeout: time.Minute,
		ConnParams:   make(map[string]any),
	}
	conn.Network, conn.Addr = "tcp", net.JoinHostPort(host, port)
	if strings.HasPrefix(host, "/") {
		conn.Network, conn.Addr = "unix", filepath.Join(host, ".s.PGSQL."+port)
	}
	if conn.TLSConfig, err = tlsConfig(host, take("sslmode"), take("sslrootcert"), take("sslcert"), take("sslkey")); err != nil {
		return nil, err
	}
	if conn.Dialer, err = dialer(take("connect_timeout")); err != nil {
		return nil, err
	}
	for name := range params {
		conn.ConnParams[name] = params.Get(name)
	}
	return conn, nil
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
