package sqlite

import (
	"context"

	"github.com/uptrace/bun"
)

// Writer and Reader return the connections.
func (d *DB) Writer() *bun.DB { return d.backend.writer }
func (d *DB) Reader() *bun.DB { return d.backend.reader }

// Write runs fn in a transaction that writes.
func (d *DB) Write(ctx context.Context, fn func(bun.IDB) error) error {
	return d.backend.run(ctx, d.backend.writer, nil, fn)
}

// SetFreeSpace has the disk say how much room it has. Not while the stores are used.
func (d *DB) SetFreeSpace(free func() int64) { d.backend.freeSpace = free }

// Reserve is the room that ingests leave.
const Reserve = reserve

// FreeSpace is what the disk of a file says of itself.
var FreeSpace = freeSpace
