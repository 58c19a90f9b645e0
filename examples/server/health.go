package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// health is the command that asks the server on this machine whether it is well: an image without a shell has no curl.
func health(ctx context.Context, s settings) error {
	host, port, err := net.SplitHostPort(s.listenAddr)
	if err != nil {
		return fmt.Errorf("LISTEN_ADDR: %w", err)
	}
	if host == "" || net.ParseIP(host).IsUnspecified() {
		host = "localhost"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/health", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not well: %s", answer.Status)
	}
	return nil
}
