package companion_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

const evil = `{"Url":"http://evil.example/p.sh"}`

// watcher is one process over stores that others may share.
type watcher struct {
	*companion.Companion
	stores store.Stores
	tenant tenancy.ID
}

func newWatcher(t *testing.T, stores store.Stores) *watcher {
	t.Helper()
	return (&watcher{stores: stores, tenant: newTenant(stores, "a tenant")}).beside(t, companion.Config{})
}

// beside is another process over the same stores.
func (w *watcher) beside(t *testing.T, cfg companion.Config) *watcher {
	t.Helper()
	cfg.Secret, cfg.Logger = secret, slog.New(slog.NewTextHandler(t.Output(), nil))
	c, err := companion.New(w.stores, cfg)
	require.NoError(t, err)
	return &watcher{c, w.stores, w.tenant}
}

// rows is rows of one artifact of a flow. A part is named for what tells it from others.
type rows struct {
	host, flow, artifact, part string
	rows                       []string
	whole                      bool // Velociraptor says that there are as many
}

func (r rows) ReadInto(_ context.Context, b *ingest.Batch) error {
	origin := ingest.Origin{FlowID: r.flow, Host: hosts.Observation{ClientID: "C." + r.host, Facts: hosts.Facts{Hostname: r.host}}}
	var expected *int64
	if r.whole {
		n := int64(len(r.rows))
		expected = &n
	}
	w, err := b.Collection(origin).Result(r.artifact, expected)
	if err == nil && r.part != "" {
		w.SetPart(r.part, false)
	}
	for i, row := range r.rows {
		if err == nil {
			err = w.Row(int64(i+1), []byte(row))
		}
	}
	if err == nil {
		err = w.End()
	}
	return err
}

func (w *watcher) bring(t *testing.T, r rows) ingest.Collection {
	t.Helper()
	report, err := w.Ingest.Ingest(t.Context(), w.tenant, r)
	require.NoError(t, err)
	return report.Collections[0].Collection
}

func listOf(t *testing.T, text string) indicator.List {
	t.Helper()
	l, err := indicator.Read(strings.NewReader(text))
	require.NoError(t, err)
	return l
}

func (w *watcher) watch(t *testing.T, text string) hunt.Watchlist {
	t.Helper()
	list, err := w.Hunt.SaveWatchlist(t.Context(), w.tenant, "evil "+rand.Text(), "somebody", listOf(t, text))
	require.NoError(t, err)
	return list
}

// stop waits for what is in the background.
func (w *watcher) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, w.Stop(t.Context()))
}

// sighted is what was sighted, as "indicator host artifact rows", sorted.
func (w *watcher) sighted(t *testing.T) (all []string) {
	t.Helper()
	found, err := w.Hunt.Sightings(t.Context(), w.tenant, hunt.SightingFilter{Limit: 10_000})
	require.NoError(t, err)
	for _, s := range found {
		all = append(all, fmt.Sprintf("%s %s %s %d", s.Indicator, s.Host.Hostname, s.Artifact, s.Rows))
	}
	slices.Sort(all)
	return all
}

func onEachStore(t *testing.T, test func(t *testing.T, w *watcher)) {
	t.Helper()
	for name, open := range eachStore {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newWatcher(t, open(t)))
		})
	}
}

func TestAListIsMatchedWithWhatIsStoredAndWithWhatComes(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, w *watcher) {
		for _, background := range []bool{false, true} {
			if background {
				w.Start()
			}
			flow := fmt.Sprint("F.", background)
			w.bring(t, rows{host: "pc1", flow: flow, artifact: "A", rows: []string{evil, `{"a":1}`, evil}})
			list := w.watch(t, "evil[.]example # beacon\n203.0.113.66\nnothing that is one\n")
			assert.Equal(t, 2, list.Indicators)
			assert.Equal(t, 1, list.Invalid)
			w.bring(t, rows{host: "pc2", flow: flow, artifact: "B", rows: []string{`{"Raddr":"203.0.113.66"}`}})
			w.bring(t, rows{host: "pc2", flow: flow + "x", artifact: "B", rows: []string{`{"Raddr":"203.0.113.67"}`}})
			if background {
				w.stop(t)
				require.NoError(t, w.Hunt.DeleteWatchlist(t.Context(), w.tenant, list.ID))
				require.Empty(t, w.sighted(t), "they go with their watchlist")
				continue
			}
			require.Equal(t, []string{"203.0.113.66 pc2 B 1", "evil[.]example pc1 A 2"}, w.sighted(t))
			list, _, err := w.Hunt.Watchlist(t.Context(), w.tenant, list.ID)
			require.NoError(t, err)
			assert.False(t, list.MatchedAt.IsZero())
			assert.Equal(t, 2, list.Sightings)
			require.NoError(t, w.Hunt.DeleteWatchlist(t.Context(), w.tenant, list.ID))
		}
	})
}

func TestWhatIsIngestedInTheBackgroundIsSighted(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, w *watcher) {
		w.watch(t, "evil.example")
		w.Start()
		job, err := w.Ingest.Jobs.Begin(w.tenant, "somebody", 1, func(ctx context.Context, _ *ingest.Progress) (ingest.Report, error) {
			return w.Ingest.Ingest(ctx, w.tenant, rows{host: "pc1", flow: "F.1", artifact: "A", rows: []string{evil}})
		})
		require.NoError(t, err)
		w.stop(t)
		job, _, err = w.Ingest.Jobs.Job(w.tenant, job.ID)
		require.NoError(t, err)
		require.NoError(t, job.Err)
		require.Equal(t, []string{"evil.example pc1 A 1"}, w.sighted(t))
	})
}

// crashing brings rows as a process does that dies between the commit and the match.
func (w *watcher) crashing(t *testing.T, r rows) {
	t.Helper()
	s, err := ingest.New(w.stores.Collections, w.stores.Hosts, ingest.Config{})
	require.NoError(t, err)
	_, err = s.Ingest(t.Context(), w.tenant, r)
	require.NoError(t, err)
}

func TestWhatACrashLeftIsSightedWhenTheNextProcessStarts(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, w *watcher) {
		w.watch(t, "evil.example")
		w.crashing(t, rows{host: "pc1", flow: "F.1", artifact: "A", rows: []string{evil}})
		// Another list was saved, and its process died before anything was matched with it.
		list := hunt.Watchlist{ID: tenancy.New().String(), Name: "late", Revision: tenancy.New().String(), Indicators: 1, CreatedAt: time.Now()}
		require.NoError(t, w.stores.Hunts.PutWatchlist(t.Context(), w.tenant, list,
			[]byte(`{"indicators":[{"line":1,"text":"aHR0cDovL2V2aWwuZXhhbXBsZS9wLnNo"}]}`)))
		require.Empty(t, w.sighted(t))

		next := w.beside(t, companion.Config{})
		next.Start()
		next.stop(t)
		want := []string{"evil.example pc1 A 1", "http://evil.example/p.sh pc1 A 1"}
		require.Equal(t, want, next.sighted(t))
		news, err := w.stores.Collections.News(t.Context(), w.tenant, 10)
		require.NoError(t, err)
		require.Empty(t, news, "it is not matched again")
	})
}

func TestWhatADeadProcessHoldsIsMatchedWhenItsTimeHasCome(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, w *watcher) {
		w.watch(t, "evil.example")
		w.crashing(t, rows{host: "pc1", flow: "F.1", artifact: "A", rows: []string{evil}})
		now := time.Now()
		held, err := w.stores.Hunts.HoldMatching(t.Context(), w.tenant, "the dead", now, now.Add(time.Hour))
		require.NoError(t, err)
		require.True(t, held)
		early := w.beside(t, companion.Config{})
		early.Start()
		early.stop(t)
		require.Empty(t, early.sighted(t))
		late := w.beside(t, companion.Config{Now: func() time.Time { return now.Add(time.Hour) }})
		late.Start()
		late.stop(t)
		require.Len(t, late.sighted(t), 1)
	})
}

func TestReplicasSightOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, w *watcher) {
		w.watch(t, "evil.example")
		replicas := []*watcher{w.beside(t, companion.Config{}), w.beside(t, companion.Config{})}
		var running sync.WaitGroup
		var want []string
		for i, replica := range replicas {
			replica.Start()
			for n := range 4 {
				host := fmt.Sprintf("pc%d-%d", i, n)
				want = append(want, "evil.example "+host+" A 1")
				running.Go(func() {
					for range 2 { // a sender that tries again
						_, err := replica.Ingest.Ingest(t.Context(), w.tenant, rows{host: host, flow: "F.1", artifact: "A", rows: []string{evil}})
						assert.NoError(t, err)
					}
				})
			}
		}
		running.Wait()
		for _, replica := range replicas {
			replica.stop(t)
		}
		last := w.beside(t, companion.Config{}) // for what one left because the other was at it
		require.NoError(t, last.Hunt.Match(t.Context(), w.tenant))
		require.Equal(t, want, last.sighted(t))
	})
}

func TestAValueOfTwoKindsIsSightedAsEach(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, w *watcher) {
		hash := strings.Repeat("c7", 16)
		list := w.watch(t, `[{"type":"imphash","value":"`+hash+`"},{"type":"md5","value":"`+hash+`"}]`)
		require.Equal(t, 2, list.Indicators)
		w.bring(t, rows{host: "pc1", flow: "F.1", artifact: "A", rows: []string{`{"MD5":"` + hash + `"}`, `{"Imphash":"` + hash + `"}`}})
		require.Equal(t, []string{hash + " pc1 A 1", hash + " pc1 A 2"}, w.sighted(t))
	})
}

func TestNothingIsSightedInAnotherTenant(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, w *watcher) {
		w.bring(t, rows{host: "pc1", flow: "F.1", artifact: "A", rows: []string{evil}})
		other := &watcher{w.Companion, w.stores, newTenant(w.stores, "another")}
		list := other.watch(t, "evil.example")
		w.bring(t, rows{host: "pc2", flow: "F.2", artifact: "A", rows: []string{evil}})
		next := w.beside(t, companion.Config{})
		next.Start()
		next.stop(t)
		require.Empty(t, other.sighted(t))
		require.Empty(t, w.sighted(t))
		_, _, err := w.Hunt.Watchlist(t.Context(), w.tenant, list.ID)
		require.ErrorIs(t, err, hunt.ErrNotFound)
		require.ErrorIs(t, w.Hunt.DeleteWatchlist(t.Context(), w.tenant, list.ID), hunt.ErrNotFound)
		_, err = w.Hunt.ReplaceIndicators(t.Context(), w.tenant, list.ID, listOf(t, "evil.example"))
		require.ErrorIs(t, err, hunt.ErrNotFound)
	})
}

func TestAWholeExportTakesThePlaceOfWhatItsPartsSighted(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, w *watcher) {
		w.watch(t, "evil.example\n203.0.113.66")
		address := `{"Raddr":"203.0.113.66"}`
		w.bring(t, rows{host: "pc1", flow: "F.1", artifact: "A", part: "elastic", rows: []string{evil, address}})
		w.bring(t, rows{host: "pc1", flow: "F.1", artifact: "A", part: "elastic", rows: []string{evil}})
		w.bring(t, rows{host: "pc1", flow: "F.1", artifact: "B", part: "elastic", rows: []string{evil}})
		before := []string{"203.0.113.66 pc1 A 1", "evil.example pc1 A 2", "evil.example pc1 B 1"}
		require.Equal(t, before, w.sighted(t), "the parts add up")
		w.bring(t, rows{host: "pc1", flow: "F.1", artifact: "A", part: "elastic", rows: []string{evil}})
		require.Equal(t, before, w.sighted(t), "a part that comes again")

		w.bring(t, rows{host: "pc1", flow: "F.1", artifact: "A", whole: true, rows: []string{evil, evil, evil, `{"a":1}`}})
		require.Equal(t, []string{"evil.example pc1 A 3", "evil.example pc1 B 1"}, w.sighted(t), "neither doubled nor left over")
	})
}

func TestASightingKeepsItsTimeWhenItIsSightedAgain(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, w *watcher) {
		list := w.watch(t, "evil.example\n203.0.113.66")
		w.bring(t, rows{host: "pc1", flow: "F.1", artifact: "A", rows: []string{evil, `{"Raddr":"203.0.113.66"}`}})
		first, err := w.Hunt.Sightings(t.Context(), w.tenant, hunt.SightingFilter{Values: []string{"evil[.]example"}, Limit: 10})
		require.NoError(t, err)
		require.Len(t, first, 1)

		later := w.beside(t, companion.Config{Now: func() time.Time { return time.Now().Add(time.Hour) }})
		changed, err := later.Hunt.ReplaceIndicators(t.Context(), w.tenant, list.ID, listOf(t, "evil.example\nother.example"))
		require.NoError(t, err)
		assert.NotEqual(t, list.Revision, changed.Revision)
		later.bring(t, rows{host: "pc1", flow: "F.1", artifact: "A", rows: []string{evil, `{"a":1}`, evil}})
		again, err := w.Hunt.Sightings(t.Context(), w.tenant, hunt.SightingFilter{Limit: 10})
		require.NoError(t, err)
		require.Len(t, again, 1, "the address is not watched for any more")
		assert.Equal(t, first[0].ID, again[0].ID)
		assert.Equal(t, first[0].SightedAt, again[0].SightedAt)
		assert.EqualValues(t, 2, again[0].Rows)
		since, err := w.Hunt.Sightings(t.Context(), w.tenant, hunt.SightingFilter{Since: time.Now().Add(time.Minute), Limit: 10})
		require.NoError(t, err)
		assert.Empty(t, since)
	})
}

func TestAListOf100000IndicatorsIsWatchedFor(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, w *watcher) {
		var text strings.Builder
		for i := range indicator.MaxIndicators - 1 {
			fmt.Fprintf(&text, "host-%d.bad.example\n", i)
		}
		text.WriteString("evil.example\n")
		w.bring(t, rows{host: "pc1", flow: "F.1", artifact: "A", rows: []string{evil}})
		list := w.watch(t, text.String())
		require.Equal(t, indicator.MaxIndicators, list.Indicators)
		w.bring(t, rows{host: "pc2", flow: "F.2", artifact: "A", rows: []string{`{"Url":"https://host-99998.bad.example/"}`}})
		require.Equal(t, []string{"evil.example pc1 A 1", "host-99998.bad.example pc2 A 1"}, w.sighted(t))
	})
}

func TestAListThatSightsTooMuchSaysSo(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, w *watcher) {
		few := w.beside(t, companion.Config{Hunt: hunt.Config{MaxSightings: 2}})
		list := few.watch(t, "evil.example")
		for _, host := range []string{"pc1", "pc2", "pc3"} {
			few.bring(t, rows{host: host, flow: "F.1", artifact: "A", rows: []string{evil}})
		}
		require.Equal(t, []string{"evil.example pc1 A 1", "evil.example pc2 A 1"}, few.sighted(t))
		list, _, err := few.Hunt.Watchlist(t.Context(), w.tenant, list.ID)
		require.NoError(t, err)
		assert.True(t, list.Full)
	})
}

// brokenSightings is a store in which no match can be kept.
type brokenSightings struct{ hunt.Store }

func (brokenSightings) PutMatch(context.Context, tenancy.ID, hunt.Match) error {
	return errors.New("the disk is gone")
}

func TestAnIngestDoesNotFailForItsMatch(t *testing.T) {
	t.Parallel()
	stores := memory.New()
	w := newWatcher(t, stores)
	w.watch(t, "evil.example")
	broken := stores
	broken.Hunts = brokenSightings{stores.Hunts}
	b := (&watcher{stores: broken, tenant: w.tenant}).beside(t, companion.Config{})
	b.bring(t, rows{host: "pc1", flow: "F.1", artifact: "A", rows: []string{evil}})
	require.Empty(t, w.sighted(t))
	w.bring(t, rows{host: "pc2", flow: "F.2", artifact: "A", rows: []string{`{"a":1}`}})
	require.Len(t, w.sighted(t), 1, "it is made up for")
}

// stuckSightings is a store in which a match is kept only when it may go on.
type stuckSightings struct {
	hunt.Store
	begun chan struct{}
}

func (s stuckSightings) PutMatch(ctx context.Context, _ tenancy.ID, _ hunt.Match) error {
	s.begun <- struct{}{}
	<-ctx.Done()
	return ctx.Err()
}

func TestAnIngestIsAnsweredWhileItsMatchGoesOnAndStopBreaksThatOff(t *testing.T) {
	t.Parallel()
	stores := memory.New()
	w := newWatcher(t, stores)
	w.watch(t, "evil.example")
	stuck := stores
	held := stuckSightings{stores.Hunts, make(chan struct{})}
	stuck.Hunts = held
	b := (&watcher{stores: stuck, tenant: w.tenant}).beside(t, companion.Config{})
	b.Start()
	b.bring(t, rows{host: "pc1", flow: "F.1", artifact: "A", rows: []string{evil}})
	<-held.begun
	b.bring(t, rows{host: "pc2", flow: "F.2", artifact: "A", rows: []string{evil}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_ = b.Stop(ctx)
	require.Empty(t, w.sighted(t))
	b.bring(t, rows{host: "pc3", flow: "F.3", artifact: "A", rows: []string{evil}})
	require.Empty(t, w.sighted(t), "after Stop it is left for the next")
	next := w.beside(t, companion.Config{})
	next.Start()
	next.stop(t)
	require.Len(t, next.sighted(t), 3)
}

func TestTheCommittedHookOfAHostServiceIsCalledToo(t *testing.T) {
	t.Parallel()
	w := newWatcher(t, memory.New())
	var told []ingest.Collection
	b := w.beside(t, companion.Config{Ingest: ingest.Config{Committed: func(_ context.Context, tenant tenancy.ID, changed []ingest.Collection) {
		assert.Equal(t, w.tenant, tenant)
		told = append(told, changed...)
	}}})
	r := rows{host: "pc1", flow: "F.1", artifact: "A", rows: []string{evil}}
	kept := b.bring(t, r)
	b.bring(t, r)
	require.Equal(t, []ingest.Collection{kept}, told, "what was there already is no news")
}

func TestAListNeedsANameAndAnIndicator(t *testing.T) {
	t.Parallel()
	w := newWatcher(t, memory.New())
	list := w.watch(t, "evil.example")
	for _, name := range []string{"", strings.Repeat("x", 201), "\xff"} {
		_, err := w.Hunt.SaveWatchlist(t.Context(), w.tenant, name, "", listOf(t, "evil.example"))
		require.ErrorIs(t, err, hunt.ErrQuestion)
		_, err = w.Hunt.RenameWatchlist(t.Context(), w.tenant, list.ID, name)
		require.ErrorIs(t, err, hunt.ErrQuestion)
	}
	_, err := w.Hunt.SaveWatchlist(t.Context(), w.tenant, "name", "", listOf(t, "# nothing"))
	require.ErrorIs(t, err, hunt.ErrQuestion)
	_, err = w.Hunt.ReplaceIndicators(t.Context(), w.tenant, list.ID, listOf(t, ""))
	require.ErrorIs(t, err, hunt.ErrQuestion)
	for range hunt.MaxWatchlists - 1 {
		w.watch(t, "evil.example")
	}
	_, err = w.Hunt.SaveWatchlist(t.Context(), w.tenant, "one too many", "", listOf(t, "evil.example"))
	require.ErrorIs(t, err, hunt.ErrQuestion)
}
