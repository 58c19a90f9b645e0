package postgres_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun/driver/pgdriver"
	"github.com/google/uuid"
"github.com/uptrace/bun"
"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/velocicompanion/velocicompanion/store/postgres/pgtest"
)

func cpu(pid int) float64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+2:]))
	var u, s float64
	fmt.Sscan(f[11], &u)
	fmt.Sscan(f[12], &s)
	return (u + s) / 100
}

func TestCPU(t *testing.T) {
	db := pgtest.Handle(t, pgtest.URL(t))
	db.SetMaxOpenConns(1)
	ctx := context.Background()
	c, _ := bun.NewDB(db, pgdialect.New()).Conn(ctx)
	var pid int
	c.QueryRowContext(ctx, "select pg_backend_pid()").Scan(&pid)
	tenant := uuid.NewString()
	for _, size := range []int{300 << 10, 20 << 10, 12 << 10, 800} {
		data := make([]byte, size)
		rand.Read(data)
		n := 64 << 20 / size
		per := min(4<<20/size, 1000)
		report := func(what string, start time.Time, c0 float64) {
			fmt.Printf("%d: %s: server %.2fs wall %v\n", size, what, cpu(pid)-c0, time.Since(start))
		}
		c.ExecContext(ctx, "truncate vc_blocks")
		c.ExecContext(ctx, "checkpoint")
		start, c0 := time.Now(), cpu(pid)
		for i := 0; i < n; i += per {
			var q strings.Builder
			q.WriteString("insert into vc_blocks values ")
			for j := range per {
				if j > 0 {
					q.WriteString(",")
				}
				fmt.Fprintf(&q, "('%s','Windows.System.Pslist','abc','%s','\\x%s')", tenant, uuid.Must(uuid.NewV7()), hex.EncodeToString(data))
			}
			if _, err := c.ExecContext(ctx, q.String()); err != nil {
				t.Fatal(err)
			}
		}
		report("insert hex", start, c0)
		c.ExecContext(ctx, "truncate vc_blocks")
		c.ExecContext(ctx, "checkpoint")
		start, c0 = time.Now(), cpu(pid)
		for i := 0; i < n; i += per {
			c.ExecContext(ctx, "begin")
			if _, err := c.ExecContext(ctx, "create temp table load (like vc_blocks including storage) on commit drop"); err != nil { t.Fatal(err) }
			var b bytes.Buffer
			b.WriteString("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")
			put := func(p []byte) { binary.Write(&b, binary.BigEndian, int32(len(p))); b.Write(p) }
			tid := uuid.MustParse(tenant)
			for range per {
				binary.Write(&b, binary.BigEndian, int16(5))
				put(tid[:])
				put([]byte("Windows.System.Pslist"))
				put([]byte("abc"))
				id := uuid.Must(uuid.NewV7())
				put(id[:])
				put(data)
			}
			binary.Write(&b, binary.BigEndian, int16(-1))
			_, err := pgdriver.CopyFrom(ctx, c, &b, "copy load from stdin binary")
			_ = err
			if err != nil { t.Fatal(err) }
			if _, err := c.ExecContext(ctx, "insert into vc_blocks select * from load"); err != nil { t.Fatal(err) }
			c.ExecContext(ctx, "commit")
		}
		report("copy binary + insert", start, c0)
		start, c0 = time.Now(), cpu(pid)
		rows, err := c.QueryContext(ctx, "select data from vc_blocks")
		if err != nil { t.Fatal(err) }
		for rows.Next() { var x []byte; rows.Scan(&x) }
		report("read hex", start, c0)
		start, c0 = time.Now(), cpu(pid)
		pgdriver.CopyTo(ctx, c, discard{}, "copy (select data from vc_blocks) to stdout binary")
		report("read copy binary", start, c0)
	}
}
type discard struct{}
func (discard) Write(p []byte) (int, error) { return len(p), nil }
