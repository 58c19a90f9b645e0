package background_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest/background"
)

func TestStopWaitsForTheWorkToEnd(t *testing.T) {
	t.Parallel()
	w := background.New()
	goOn, done := make(chan struct{}), false
	w.Go(func() {
		<-goOn
		done = w.Context().Err() == nil
	})
	go close(goOn)
	require.NoError(t, w.Stop(t.Context()))
	require.True(t, done, "it was not given up")
	require.Error(t, w.Context().Err())
	require.NoError(t, w.Stop(t.Context()))
}

func TestStopGivesTheWorkUpWhenItsOwnTimeIsOver(t *testing.T) {
	t.Parallel()
	w := background.New()
	ended := false
	w.Go(func() {
		<-w.Context().Done()
		ended = true
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, w.Stop(ctx), context.Canceled)
	require.True(t, ended)
}
