package ingest

import (
	"io/fs"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAFullDiskIsErrNoSpace(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		assert.ErrorIs(t, spoolError(&fs.PathError{Op: "write", Path: "/secret", Err: cause}), ErrNoSpace)
	}
}
