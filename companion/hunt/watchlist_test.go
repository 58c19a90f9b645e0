package hunt_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func readList(t *testing.T, text string) indicator.List {
	t.Helper()
	list, err := indicator.Read(strings.NewReader(text))
	require.NoError(t, err)
	return list
}

// sighted is what a service sighted, as "indicator kind artifact rows".
func sighted(t *testing.T, s *hunt.Service, tenant tenancy.ID) (all []string) {
	t.Helper()
	found, err := s.Sightings(t.Context(), tenant, hunt.SightingFilter{Limit: 100})
	require.NoError(t, err)
	for _, one := range found {
		all = append(all, fmt.Sprint(one.Indicator, " ", one.Kind, " ", one.Artifact, " ", one.Rows))
	}
	slices.Sort(all)
	return all
}

func TestAWatchlistKeepsTheKindsOfItsIndicators(t *testing.T) {
	t.Parallel()
	f := newField(t)
	f.add(t, "C.1", "A", `{"MD5":"`+beaconMD5+`"}`, `{"Imphash":"`+beaconMD5+`"}`, `{"Imphash":"`+beaconMD5+`","n":2}`)
	imphash, md5 := `{"type":"imphash","value":"`+beaconMD5+`"}`, `{"type":"md5","value":"`+beaconMD5+`"}`
	list := readList(t, `{"Attribute":[`+imphash+`]}`)
	w, err := f.SaveWatchlist(t.Context(), f.tenant, "x", "", list)
	require.NoError(t, err)
	_, kept, err := f.Service.Watchlist(t.Context(), f.tenant, w.ID)
	require.NoError(t, err)
	require.Equal(t, list, kept)
	require.Equal(t, []string{beaconMD5 + " imphash A 2"}, sighted(t, f.Service, f.tenant))

	w, err = f.ReplaceIndicators(t.Context(), f.tenant, w.ID, readList(t, `{"Attribute":[`+imphash+`,`+md5+`]}`))
	require.NoError(t, err)
	require.False(t, w.MatchedAt.IsZero())
	require.Equal(t, []string{beaconMD5 + " imphash A 2", beaconMD5 + " md5 A 3"}, sighted(t, f.Service, f.tenant))
}

// A list of before kinds were kept has the same text twice.
func TestIndicatorsThatAreLookedUpAsTheSameAreSightedOnce(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	f.rows(t, "a", "F.1", "A", `{"Imphash":"`+beaconMD5+`"}`)
	text, err := json.Marshal([]byte(beaconMD5))
	require.NoError(t, err)
	old := fmt.Sprintf(`{"indicators":[{"line":1,"text":%[1]s},{"line":2,"text":%[1]s}],"invalid":null}`, text)
	w := hunt.Watchlist{ID: newID(), Name: "x", Revision: newID(), Indicators: 2, CreatedAt: collected, ChangedAt: collected}
	require.NoError(t, f.stores.Hunts.PutWatchlist(t.Context(), f.tenant, w, []byte(old)))
	require.NoError(t, f.Match(t.Context(), f.tenant))
	require.Equal(t, []string{beaconMD5 + " md5 A 1"}, sighted(t, f.Service, f.tenant))
}

// failingMatches keeps no match of one watchlist.
type failingMatches struct {
	hunt.Store
	of string
}

var errMatch = errors.New("no match")

func (s *failingMatches) PutMatch(ctx context.Context, tenant tenancy.ID, m hunt.Match) error {
	if m.WatchlistID == s.of && !m.Undone {
		return errMatch
	}
	return s.Store.PutMatch(ctx, tenant, m)
}

func TestAWatchlistThatFailsIsTriedAgainAndStopsNoOther(t *testing.T) {
	t.Parallel()
	f := newFleet(t, hunt.Config{})
	store := &failingMatches{Store: f.stores.Hunts}
	s, err := hunt.New(f.stores.Collections, f.stores.Hosts, store, hunt.Config{})
	require.NoError(t, err)
	list := readList(t, "203.0.113.66")
	first, err := s.SaveWatchlist(t.Context(), f.tenant, "first", "", list)
	require.NoError(t, err)
	require.False(t, first.MatchedAt.IsZero())

	store.of = first.ID
	second, err := s.SaveWatchlist(t.Context(), f.tenant, "second", "", list)
	require.NoError(t, err)
	require.False(t, second.MatchedAt.IsZero())
	for i := range 3 {
		f.rows(t, "a", fmt.Sprint("F.", i), "A", `{"IP":"203.0.113.66"}`)
		require.ErrorIs(t, s.Match(t.Context(), f.tenant), errMatch)
		require.Len(t, sighted(t, s, f.tenant), i+1, "those of the second")
	}
	store.of = ""
	require.NoError(t, s.Match(t.Context(), f.tenant))
	require.Len(t, sighted(t, s, f.tenant), 6)
}

func TestAListHasUsersByTheirNames(t *testing.T) {
	t.Parallel()
	f := newField(t)
	f.add(t, "C.1", "A", `{"SubjectUserName":"CORP\\Bob"}`, `{"Text":"bob"}`)
	_, err := f.SaveWatchlist(t.Context(), f.tenant, "x", "", readList(t, "user:BOB"))
	require.NoError(t, err)
	require.Equal(t, []string{"user:BOB user A 1"}, sighted(t, f.Service, f.tenant))
}

func TestAnAddressWithoutASchemeStandsForMoreThanWithOne(t *testing.T) {
	t.Parallel()
	f := newField(t)
	f.add(t, "C.1", "A", `{"U":"https://evil.example/x"}`, `{"U":"http://evil.example/x"}`)
	list := readList(t, "http://evil.example/x\nevil.example/x\n")
	answer, err := f.Sweep(t.Context(), hunt.Sweep{Scope: f.scope(), List: list})
	require.NoError(t, err)
	require.Len(t, answer.Hits, 2)
	require.EqualValues(t, []int64{1, 2}, []int64{answer.Hits[0].Rows, answer.Hits[1].Rows})
	_, err = f.SaveWatchlist(t.Context(), f.tenant, "x", "", list)
	require.NoError(t, err)
	require.Equal(t, []string{"evil.example/x url A 2"}, sighted(t, f.Service, f.tenant))
}
