package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/companion/companiontest"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/transport"
)

// stuck is a store that keeps no chunk: it waits until that is not wanted any more.
type stuck struct{ ingest.Store }

func (stuck) AppendChunks(ctx context.Context, _ tenancy.ID, _ string, _ []ingest.Chunk, _ time.Time) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

// TestWhoeverFollowsAJobHearsOfItsEndWhenTheServerStops stops a server with a job that would never end: it is cancelled, its
// follower is told so, and the server comes to its end.
func TestWhoeverFollowsAJobHearsOfItsEndWhenTheServerStops(t *testing.T) {
	t.Parallel()
	stores := memory.New()
	stores.Collections = stuck{stores.Collections}
	f := companiontest.Over(t, stores, companion.Config{})
	f.Start()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- serveUntil(ctx, listener, transport.New(f.Companion, transport.Config{}), f.Stop,
			patience{jobs: time.Millisecond, requests: time.Minute, rest: time.Minute}, slog.New(slog.DiscardHandler))
	}()
	p := &process{url: "http://" + listener.Addr().String(), token: f.Admin.Token}

	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+ingestPath, strings.NewReader("{\"a\":1}\n"))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("Content-Type", "application/x-ndjson")
	r.Header.Set("Prefer", "respond-async")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusAccepted, answer.StatusCode)
	job, err := r.URL.Parse(answer.Header.Get("Location"))
	require.NoError(t, err)

	events, err := p.request(t.Context(), http.MethodGet, (&url.URL{Path: job.Path + "/events"}).String(), nil)
	require.NoError(t, err)
	defer events.Body.Close()
	lines := bufio.NewReader(events.Body)
	first, err := lines.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "event: progress\n", first)
	stop()
	rest, err := io.ReadAll(lines)
	require.NoError(t, err, "the answer is not broken off")
	require.Regexp(t, `event: end\ndata: \{.*"state":"cancelled".*\}\n\n$`, string(rest))
	require.NoError(t, <-served)
}

// TestAConnectionThatAsksNothingDoesNotHoldTheStopUp is a browser that has connected in advance.
func TestAConnectionThatAsksNothingDoesNotHoldTheStopUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		listener := companiontest.NewPipes()
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() {
			served <- serveUntil(ctx, listener, http.NotFoundHandler(), func(context.Context) error { return nil },
				patience{requests: time.Second}, slog.New(slog.DiscardHandler))
		}()
		listener.Dial(t)
		synctest.Wait()
		stop()
		require.NoError(t, <-served)
	})
}
