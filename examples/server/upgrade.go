package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// upgrade is the command of that name: it builds the chunks of a tenant anew that an earlier version
// wrote: those that are kept as rows, that are not packed, or whose index lacks observables.
func upgrade(ctx context.Context, s settings, args []string, out, logs io.Writer) error {
	flags := flag.NewFlagSet("upgrade", flag.ContinueOnError)
	flags.SetOutput(logs)
	flags.Usage = func() { fmt.Fprintln(logs, "usage: server upgrade [-tenant ID]") }
	named := flags.String("tenant", "", "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		flags.Usage()
		return fmt.Errorf("upgrade takes no %q", flags.Arg(0))
	}
	db, err := openMigrated(ctx, s)
	if err != nil {
		return err
	}
	defer db.Close()
	c, admin, err := assemble(ctx, db, s, out, slog.New(slog.NewTextHandler(logs, nil)))
	if err != nil {
		return err
	}
	tenant := admin.TenantID
	if *named != "" {
		if tenant, err = tenancy.Parse(*named); err != nil {
			return fmt.Errorf("-tenant: %w", err)
		}
	}
	done, err := c.Ingest.Upgrade(ctx, tenant)
	fmt.Fprintf(out, "%d chunks of %d rows upgraded\n", done.Chunks, done.Rows)
	return err
}
