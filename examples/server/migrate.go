package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

var errMigrateUsage = errors.New("usage: server migrate up|down|status|create NAME")

// migrate is the command of that name: a thin shell over the adapter's Migrator.
func migrate(ctx context.Context, s settings, args []string, out io.Writer) error {
	if len(args) == 0 || (args[0] == "create") != (len(args) == 2) || len(args) > 2 {
		return errMigrateUsage
	}
	db, err := openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer db.Close()
	var names []string
	switch args[0] {
	case "up":
		names, err = db.migrator.Up(ctx)
	case "down":
		names, err = db.migrator.Down(ctx)
	case "create":
		names, err = db.migrator.Create("store/"+db.adapter+"/migrations", args[1])
	case "status":
		return migrationStatus(ctx, db, out)
	default:
		return errMigrateUsage
	}
	if err != nil {
		return err
	}
	if len(names) == 0 {
		names = []string{"nothing to do"}
	}
	fmt.Fprintln(out, strings.Join(names, "\n"))
	return nil
}

func migrationStatus(ctx context.Context, db *database, out io.Writer) error {
	migrations, err := db.migrator.Status(ctx)
	if err != nil {
		return err
	}
	for _, m := range migrations {
		applied := "not applied"
		if !m.AppliedAt.IsZero() {
			applied = "applied " + m.AppliedAt.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(out, "%s\t%s\n", m.Name, applied)
	}
	return nil
}
