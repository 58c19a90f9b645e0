package main

import (
	"bytes"
	"context"
	_ "embed"

	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// demoHunt is the full export of a hunt over the four hosts of a lab, with a harmless intrusion planted; what it holds
// is counted in demo/manifest.json.
//
//go:embed demo/hunt.zip
var demoHunt []byte

// ingestDemo brings the hunt in; where it is already, nothing changes.
func ingestDemo(ctx context.Context, c *companion.Companion, tenant tenancy.ID) error {
	_, err := c.Ingest.Ingest(ctx, tenant, &velociraptor.Archive{File: bytes.NewReader(demoHunt), Size: int64(len(demoHunt))})
	return err
}
