// Command server is the reference server of VelociCompanion: the HTTP API and its web UI over SQLite or PostgreSQL.
//
//	server            serve; settings come from the environment, the README lists them
//	server -demo      the same, with a real hunt to look at
//	server import PATH…
//	server health     whether the server that runs on this machine answers, for the image's health check
//	server upgrade    makes columns of rows that were brought in before there were columns
//	server migrate up|down|status|create NAME
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}

// run is the program without the process around it: it ends when ctx does.
func run(ctx context.Context, args []string, getenv func(string) string, in io.Reader, out, logs io.Writer) error {
	flags := flag.NewFlagSet("server", flag.ContinueOnError)
	flags.SetOutput(logs)
	demo := flags.Bool("demo", false, "bring in a bundled hunt of a small fleet to look at")
	flags.Usage = func() {
		fmt.Fprintln(logs, "usage: server [-demo]\n       server import PATH…\n       server health\n       server upgrade [-tenant ID]\n       server migrate up|down|status|create NAME")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	settings, err := readSettings(getenv, *demo)
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(logs, nil))
	switch command := flags.Arg(0); command {
	case "":
		return serve(ctx, settings, out, logger)
	case "import":
		return importFiles(ctx, settings, getenv, flags.Args()[1:], in, out, logs)
	case "health":
		return health(ctx, settings)
	case "upgrade":
		return upgrade(ctx, settings, flags.Args()[1:], out, logs)
	case "migrate":
		return migrate(ctx, settings, flags.Args()[1:], out)
	default:
		flags.Usage()
		return fmt.Errorf("there is no command %q", command)
	}
}
