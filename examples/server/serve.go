package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/examples/server/ui"
	"github.com/velocicompanion/velocicompanion/transport"
	"github.com/velocicompanion/velocicompanion/virustotal/vtapi"
)

// patience is how long what is under way has when the server is told to stop.
type patience struct {
	// jobs have this long to end, requests that: what follows a job hears how it ended. After it they are broken off, and
	// an ingest that is broken off leaves nothing.
	jobs, requests time.Duration
	// rest is for requests that were broken off to clean up.
	rest time.Duration
}

// usual ends before Docker kills a container that it has told to stop.
var usual = patience{jobs: 6 * time.Second, requests: 7 * time.Second, rest: 2 * time.Second}

// serve opens the store, brings its schema up to date, makes sure of an admin and serves until ctx ends.
func serve(ctx context.Context, s settings, out io.Writer, logger *slog.Logger) error {
	keys, err := s.keys()
	if err != nil {
		return err
	}
	db, err := openMigrated(ctx, s)
	if err != nil {
		return err
	}
	defer db.Close()
	c, admin, err := assemble(ctx, db, s, out, logger)
	if err != nil {
		return err
	}
	if s.demo {
		if err := ingestDemo(ctx, c, admin.TenantID); err != nil {
			return fmt.Errorf("bringing in the demo hunt: %w", err)
		}
	}
	listener, err := net.Listen("tcp", s.listenAddr)
	if err != nil {
		return fmt.Errorf("LISTEN_ADDR: %w", err)
	}
	announce(out, listener.Addr(), s)
	api := transport.New(c, transport.Config{ClientAddress: s.clientAddress(), ContainerKeys: keys, MaxStall: s.maxStall})
	handler, err := ui.Handler(api, s.apiURL)
	if err != nil {
		return err
	}
	c.Start()
	return serveUntil(ctx, listener, withHeaders(handler, s.apiURL), c.Stop, usual, logger)
}

// assemble wires the companion. The tenant that open registration lets people into is the admin's, which has to be
// known first; so the admin is made by a companion that registers nobody.
func assemble(ctx context.Context, db *database, s settings, out io.Writer, logger *slog.Logger) (*companion.Companion, auth.User, error) {
	if err := s.checkSpool(); err != nil {
		return nil, auth.User{}, err
	}
	secret, err := s.secret(func() string { return rand.Text() + rand.Text() })
	if err != nil {
		return nil, auth.User{}, err
	}
	cfg := companion.Config{Secret: secret, Logger: logger, Ingest: s.ingest, Hunt: s.hunt}
	cfg.Auth.AccessTokenLifetime = s.tokenLifetime
	cfg.VirusTotal.CallsPerMinute, cfg.VirusTotal.DailyQuota = s.virusTotalRate, s.virusTotalDay
	if s.virusTotalKey != "" {
		if cfg.VirusTotalClient, err = vtapi.New(s.virusTotalKey, vtapi.Config{BaseURL: s.virusTotalURL}); err != nil {
			return nil, auth.User{}, fmt.Errorf("VT_API_KEY, VT_API_URL: %w", err)
		}
	}
	c, err := companion.New(db.stores, cfg)
	if err != nil {
		if errors.Is(err, auth.ErrSecret) {
			err = fmt.Errorf("SECRET_KEY: %w", err)
		}
		return nil, auth.User{}, err
	}
	admin, err := firstAdmin(ctx, c, s, out)
	if err != nil {
		return nil, auth.User{}, err
	}
	cfg.Auth.Registration = s.registration
	cfg.Auth.RegistrationTenant = admin.TenantID
	if c, err = companion.New(db.stores, cfg); err != nil {
		return nil, auth.User{}, fmt.Errorf("REGISTRATION: %w", err)
	}
	return c, admin, nil
}

// firstAdmin makes the admin on the first start and says its password once, unless ADMIN_PASSWORD set it. A demo that is
// started again says how to get another, because nobody keeps that one.
func firstAdmin(ctx context.Context, c *companion.Companion, s settings, out io.Writer) (auth.User, error) {
	password := s.adminPassword
	if password == "" {
		password = strings.ToLower(rand.Text())
	}
	admin, created, err := c.Auth.EnsureAdmin(ctx, "default", s.adminUsername, password)
	if err != nil {
		return auth.User{}, fmt.Errorf("ADMIN_USERNAME, ADMIN_PASSWORD: %w", err)
	}
	switch {
	case created && s.adminPassword == "":
		fmt.Fprintf(out, "The first admin is %q with the password %s\nIt is shown only now.\n", admin.Username, password)
	case !created && s.demo && !s.postgres():
		fmt.Fprintf(out, "The admin %q has the password that the first start showed. To begin anew, remove %s.\n",
			admin.Username, s.sqlitePath())
	}
	return admin, nil
}

func announce(out io.Writer, addr net.Addr, s settings) {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil || net.ParseIP(host).IsUnspecified() {
		host = "localhost"
	}
	fmt.Fprintf(out, "VelociCompanion answers on http://%[1]s, its API is described on http://%[1]s/docs\n", net.JoinHostPort(host, port))
	if s.demo {
		fmt.Fprintln(out, "The demo hunt is in: log in to look at it.")
	}
}

// serveUntil serves until ctx ends and then lets requests in flight finish, and what stop waits for in the background.
func serveUntil(
	ctx context.Context, listener net.Listener, handler http.Handler, stop func(context.Context) error, give patience,
	logger *slog.Logger,
) error {
	requests, breakOff := context.WithCancel(context.WithoutCancel(ctx))
	defer breakOff()
	quiet := &silent{conns: map[net.Conn]bool{}}
	server := &http.Server{
		Handler:   handler,
		ConnState: quiet.follow,
		// Bodies have time limits of their own, by route: an ingest may take long.
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return requests },
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	server.RegisterOnShutdown(quiet.close)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return errors.Join(err, within(0, stop))
	case <-ctx.Done():
	}
	logger.Info("stopping: waiting for requests in flight")
	stopped := make(chan error, 1)
	go func() { stopped <- within(give.jobs, stop) }()
	err := within(give.requests, server.Shutdown)
	if err != nil {
		logger.Warn("breaking off the requests that have not finished")
		breakOff()
		err = within(give.rest, server.Shutdown)
	}
	if broken := <-stopped; broken != nil {
		logger.Warn("jobs were broken off and left nothing: send them again", "error", broken)
	}
	return errors.Join(err, ignoreClosed(<-served))
}

// within calls what ends with its context.
func within(limit time.Duration, what func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return what(ctx)
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
