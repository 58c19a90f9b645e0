package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

const spoolLimit = 3 << 20

func spooling(t *testing.T) (s *ingest.Service, dir string) {
	dir = t.TempDir()
	return newHarness(t, ingest.Config{SpoolDir: dir, MaxSpoolBytes: spoolLimit}).Service, dir
}

func TestSpoolReadsAnyPlaceAndLeavesNoFile(t *testing.T) {
	t.Parallel()
	s, dir := spooling(t)
	for _, size := range []int{0, 1, 1<<20 - 1, 1 << 20, 1<<20 + 1, spoolLimit} {
		want := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
		file, err := s.Spool(t.Context(), tenancy.New(), iotest.OneByteReader(bytes.NewReader(want[:min(size, 100)])))
		require.NoError(t, err)
		require.NoError(t, file.Close())
		file, err = s.Spool(t.Context(), tenancy.New(), bytes.NewReader(want))
		require.NoError(t, err)
		assert.Equal(t, int64(size), file.Size())
		have, err := io.ReadAll(io.NewSectionReader(file, 0, file.Size()))
		require.NoError(t, err)
		assert.True(t, bytes.Equal(want, have), size)
		requireEmpty(t, dir)
		require.NoError(t, file.Close())
	}
	requireEmpty(t, dir)
}

func requireEmpty(t *testing.T, dir string) {
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries, "an upload has no name on the disk")
}

func TestSpoolRefusesMoreThanTheLimit(t *testing.T) {
	t.Parallel()
	s, dir := spooling(t)
	_, err := s.Spool(t.Context(), tenancy.New(), bytes.NewReader(make([]byte, spoolLimit+1)))
	require.ErrorIs(t, err, ingest.ErrTooLarge)
	small := newHarness(t, ingest.Config{SpoolDir: dir, MaxSpoolBytes: 10})
	_, err = small.Spool(t.Context(), tenancy.New(), bytes.NewReader(make([]byte, 11)))
	require.ErrorIs(t, err, ingest.ErrTooLarge)
	requireEmpty(t, dir)
}

func TestSpoolPassesErrorsOn(t *testing.T) {
	t.Parallel()
	s, dir := spooling(t)
	broken := errors.New("connection lost")
	for _, before := range []int{0, 2 << 20} {
		_, err := s.Spool(t.Context(), tenancy.New(), io.MultiReader(bytes.NewReader(make([]byte, before)), iotest.ErrReader(broken)))
		require.ErrorIs(t, err, broken)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Spool(ctx, tenancy.New(), bytes.NewReader(make([]byte, 10)))
	require.ErrorIs(t, err, context.Canceled)
	requireEmpty(t, dir)
}

func TestSpoolErrorsDoNotNamePaths(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "missing")
	h := newHarness(t, ingest.Config{SpoolDir: dir})
	_, err := h.Spool(t.Context(), tenancy.New(), bytes.NewReader(make([]byte, 2<<20)))
	require.ErrorIs(t, err, os.ErrNotExist)
	assert.NotContains(t, err.Error(), dir)
}
