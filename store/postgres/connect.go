package postgres

import (
	"context"
	"errors"
	"fmt"
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
	if err != nil {
		return nil, errors.New("the URL cannot be read; it is of the form postgres://user:password@host:port/database")
	}
	if u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, errors.New("the URL does not begin with postgres://")
	}
	if u.User.Username() == "" || len(u.Path) < 2 {
		return nil, errors.New("the URL names no user or no database")
	}
	params := make(map[string]string)
	for name, values := range u.Query() {
		params[name] = values[len(values)-1]
	}
	take := func(name string) string {
		value := params[name]
		delete(params, name)
		return value
	}

	host, port := u.Hostname(), u.Port()
	if h := take("host"); h != "" {
		host = h
	}
	if port == "" {
		port = "5432"
	}
	if host == "" {
		return nil, errors.New("the URL names no host")
	}
	password, _ := u.User.Password()
	conn := &pgdriver.Config{
		Network:    "tcp",
		Addr:       net.JoinHostPort(host, port),
		User:       u.User.Username(),
		Password:   password,
		Database:   u.Path[1:],
		AppName:    take("application_name"),
		BufferSize: 64 << 10,
		// A write that makes no progress means that the peer is gone. A read may take as long as a query does; there
		// it is the keep-alive probes of the connection that tell.
		WriteTimeout: time.Minute,
	}
	if strings.HasPrefix(host, "/") {
		conn.Network, conn.Addr = "unix", filepath.Join(host, ".s.PGSQL."+port)
	}
	if conn.TLSConfig, err = tlsConfig(host, take("sslmode"), take("sslrootcert"), take("sslcert"), take("sslkey")); err != nil {
		return nil, err
	}
	if conn.Dialer, err = dialer(take("connect_timeout")); err != nil {
		return nil, err
	}
	conn.ConnParams = make(map[string]any, len(params))
	for name, value := range params {
		conn.ConnParams[name] = value
	}
	return conn, nil
}

func dialer(timeout string) (func(ctx context.Context, network, addr string) (net.Conn, error), error) {
	seconds := 10
	if timeout != "" {
		var err error
		if seconds, err = strconv.Atoi(timeout); err != nil || seconds <= 0 {
			return nil, fmt.Errorf("connect_timeout is not a number of seconds")
		}
	}
	d := &net.Dialer{
		Timeout:         time.Duration(seconds) * time.Second,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 6},
	}
	return d.DialContext, nil
}
