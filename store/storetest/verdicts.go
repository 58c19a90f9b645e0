package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/virustotal"
)

func testVerdicts(s suite) {
	testRecords(s)
	testPutRecord(s)
	testRacedRecords(s)
	testFiles(s)
	testCountFiles(s)
	testSpend(s)
}

// newHashes returns an MD5, a SHA-1 and a SHA-256 that are made of one digit.
func newHashes(digit string) []virustotal.Hash {
	return []virustotal.Hash{
		virustotal.Hash(strings.Repeat(digit, 32)), virustotal.Hash(strings.Repeat(digit, 40)),
		virustotal.Hash(strings.Repeat(digit, 64)),
	}
}

func newRecord() virustotal.Record {
	return virustotal.Record{
		Verdict: virustotal.Malicious, Report: virustotal.Report{MD5: newHashes("a")[0], ThreatLabel: "trojan.test/demo"},
		FetchedAt: at(0), ExpiresAt: at(60),
	}
}

func testRecords(s suite) {
	s.holds("Record returns what PutRecord kept, under each of the hashes", func(t *testing.T, w world) {
		hashes := newHashes("a")
		r := virustotal.Record{
			Verdict: virustotal.Suspicious,
			Report: virustotal.Report{
				MD5: hashes[0], SHA1: hashes[1], SHA256: hashes[2],
				Stats: virustotal.Stats{
					Malicious: 1, Suspicious: 2, Undetected: 3, Harmless: 4, Timeout: 5, ConfirmedTimeout: 6, Failure: 7,
					TypeUnsupported: 8,
				},
				Names: []string{hostile, "", "a\x00b.exe"}, MeaningfulName: hostile, ThreatLabel: hostile, Type: "Win32 EXE",
				Size: 1<<63 - 1, Tags: []string{"signed", "signed"}, Reputation: -42,
				FirstSubmittedAt: odd(-9000), LastAnalyzedAt: odd(-10),
			},
			FetchedAt: odd(0), ExpiresAt: odd(60),
		}
		require.NoError(t, w.Verdicts.PutRecord(w.ctx, w.a, hashes, r))
		r.FetchedAt, r.ExpiresAt = at(0), at(60)
		r.Report.FirstSubmittedAt, r.Report.LastAnalyzedAt = at(-9000), at(-10)

		for _, hash := range hashes {
			found, err := w.Verdicts.Record(w.ctx, w.a, hash)
			require.NoError(t, err)
			assert.Equal(t, r, found)
		}
	})
	s.holds("Record returns the zero Report of a file that the source does not know", func(t *testing.T, w world) {
		r := virustotal.Record{Verdict: virustotal.Unknown, FetchedAt: at(0), ExpiresAt: at(60)}
		require.NoError(t, w.Verdicts.PutRecord(w.ctx, w.a, newHashes("a"), r))

		found, err := w.Verdicts.Record(w.ctx, w.a, newHashes("a")[0])
		require.NoError(t, err)
		assert.Equal(t, r, found)
	})
	s.holds("Record returns what has expired", func(t *testing.T, w world) {
		r := newRecord()
		r.FetchedAt, r.ExpiresAt = time.Unix(0, 0).UTC(), time.Unix(1, 0).UTC()
		require.NoError(t, w.Verdicts.PutRecord(w.ctx, w.a, newHashes("a"), r))

		found, err := w.Verdicts.Record(w.ctx, w.a, newHashes("a")[0])
		require.NoError(t, err)
		assert.Equal(t, r, found)
	})
	s.holds("Record is ErrNotFound for an unknown hash and for another tenant's", func(t *testing.T, w world) {
		require.NoError(t, w.Verdicts.PutRecord(w.ctx, w.a, newHashes("a"), newRecord()))
		_, err := w.Verdicts.Record(w.ctx, w.a, newHashes("b")[0])
		require.ErrorIs(t, err, virustotal.ErrNotFound)
		_, err = w.Verdicts.Record(w.ctx, w.b, newHashes("a")[0])
		require.ErrorIs(t, err, virustotal.ErrNotFound)
	})
}

func testPutRecord(s suite) {
	s.holds("PutRecord takes the place of what was there", func(t *testing.T, w world) {
		old, changed := newRecord(), newRecord()
		changed.Verdict, changed.FetchedAt = virustotal.Clean, at(5)
		require.NoError(t, w.Verdicts.PutRecord(w.ctx, w.a, newHashes("a"), old))
		require.NoError(t, w.Verdicts.PutRecord(w.ctx, w.b, newHashes("a"), old))
		require.NoError(t, w.Verdicts.PutRecord(w.ctx, w.a, newHashes("a")[1:], changed))

		for i, want := range []virustotal.Record{old, changed, changed} {
			found, err := w.Verdicts.Record(w.ctx, w.a, newHashes("a")[i])
			require.NoError(t, err)
			assert.Equal(t, want, found)
			found, err = w.Verdicts.Record(w.ctx, w.b, newHashes("a")[i])
			require.NoError(t, err)
			assert.Equal(t, old, found, "of the other tenant")
		}
	})
	s.holds("PutRecord keeps nothing when its context has ended", func(t *testing.T, w world) {
		require.Error(t, w.Verdicts.PutRecord(ended(w.ctx), w.a, newHashes("a"), newRecord()))
		for _, hash := range newHashes("a") {
			_, err := w.Verdicts.Record(w.ctx, w.a, hash)
			require.ErrorIs(t, err, virustotal.ErrNotFound)
		}
	})
	s.holds("Records that were given and returned are the caller's to change", func(t *testing.T, w world) {
		hash := newHashes("a")[0]
		r := newRecord()
		r.Report.Names, r.Report.Tags = []string{"kept"}, []string{"kept"}
		require.NoError(t, w.Verdicts.PutRecord(w.ctx, w.a, []virustotal.Hash{hash}, r))
		r.Report.Names[0], r.Report.Tags[0] = "spoilt", "spoilt"

		for range 2 {
			found, err := w.Verdicts.Record(w.ctx, w.a, hash)
			require.NoError(t, err)
			require.Equal(t, []string{"kept"}, found.Report.Names)
			require.Equal(t, []string{"kept"}, found.Report.Tags)
			found.Report.Names[0], found.Report.Tags[0] = "spoilt", "spoilt"
		}
	})
}

func testRacedRecords(s suite) {
	s.holds("Concurrent calls of PutRecord leave one record under all hashes", func(t *testing.T, w world) {
		errs := race(10, func(i int) error {
			r := newRecord()
			r.Report.Size = int64(i)
			hashes := newHashes("a")
			hashes[0], hashes[i%3] = hashes[i%3], hashes[0]
			return w.Verdicts.PutRecord(w.ctx, w.a, hashes, r)
		})

		require.Len(t, succeeded(errs), len(errs), errs)
		first, err := w.Verdicts.Record(w.ctx, w.a, newHashes("a")[0])
		require.NoError(t, err)
		for _, hash := range newHashes("a")[1:] {
			found, err := w.Verdicts.Record(w.ctx, w.a, hash)
			require.NoError(t, err)
			assert.Equal(t, first, found)
		}
	})
}

// putVerdict keeps a verdict that was fetched some minutes after the beginning.
func (w world) putVerdict(t *testing.T, minute int, verdict virustotal.Verdict, hashes ...virustotal.Hash) virustotal.File {
	t.Helper()
	r := newRecord()
	r.Verdict, r.FetchedAt = verdict, at(minute)
	require.NoError(t, w.Verdicts.PutRecord(w.ctx, w.a, hashes, r))
	return virustotal.File{Hash: hashes[0], Record: r}
}

func (w world) files(t *testing.T, f virustotal.FileFilter) []virustotal.File {
	t.Helper()
	files, err := w.Verdicts.Files(w.ctx, w.a, f)
	require.NoError(t, err)
	return files
}

func testFiles(s suite) {
	s.holds("Files returns each file once, under the first hash, with the record that was kept last", func(t *testing.T, w world) {
		known := newHashes("a")
		w.putVerdict(t, 0, virustotal.Malicious, known[2], known[1], known[0])
		again := w.putVerdict(t, 5, virustotal.Unknown, known[0])
		assert.Equal(t, []virustotal.File{again}, w.files(t, virustotal.FileFilter{Limit: 9}), "that was asked about by one hash again")

		other := newHashes("b")
		w.putVerdict(t, 1, virustotal.Unknown, other[0])
		w.putVerdict(t, 2, virustotal.Unknown, other[2])
		require.Len(t, w.files(t, virustotal.FileFilter{Limit: 9}), 3, "of which nobody knows that they are one")
		joined := w.putVerdict(t, 3, virustotal.Clean, other[2], other[0])
		assert.Equal(t, []virustotal.File{again, joined}, w.files(t, virustotal.FileFilter{Limit: 9}))
	})
	s.holds("Files returns at most Limit files with a verdict, newest first, beginning after a place", func(t *testing.T, w world) {
		hash := func(digit string) virustotal.Hash { return newHashes(digit)[0] }
		first := w.putVerdict(t, 1, virustotal.Malicious, hash("c"))
		third := w.putVerdict(t, 3, virustotal.Malicious, hash("a"))
		lesser, greater := w.putVerdict(t, 2, virustotal.Clean, hash("b")), w.putVerdict(t, 2, virustotal.Malicious, hash("d"))
		page := func(verdict virustotal.Verdict, after virustotal.File, limit int) []virustotal.File {
			return w.files(t, virustotal.FileFilter{
				Verdict: verdict, Before: virustotal.FilePlace{FetchedAt: after.FetchedAt, Hash: after.Hash}, Limit: limit,
			})
		}

		none := virustotal.File{}
		assert.Equal(t, []virustotal.File{third, greater, lesser, first}, page("", none, 9))
		assert.Equal(t, []virustotal.File{third, greater}, page("", none, 2))
		assert.Equal(t, []virustotal.File{lesser, first}, page("", greater, 2))
		assert.Equal(t, []virustotal.File{greater, first}, page(virustotal.Malicious, third, 9))
		assert.Empty(t, page(virustotal.Suspicious, none, 9))
		assert.Empty(t, page("", first, 9))
		assert.Empty(t, page("", none, 0))
	})
	s.holds("Files returns what has expired, and nothing of another tenant", func(t *testing.T, w world) {
		r := newRecord()
		r.FetchedAt, r.ExpiresAt = time.Unix(0, 0).UTC(), time.Unix(1, 0).UTC()
		require.NoError(t, w.Verdicts.PutRecord(w.ctx, w.a, newHashes("a"), r))
		require.NoError(t, w.Verdicts.PutRecord(w.ctx, w.b, newHashes("b"), newRecord()))
		assert.Equal(t, []virustotal.File{{Hash: newHashes("a")[0], Record: r}}, w.files(t, virustotal.FileFilter{Limit: 9}))
	})
	s.holds("Of concurrent calls of PutRecord about a file, Files returns one file", func(t *testing.T, w world) {
		hashes := newHashes("a")
		errs := race(10, func(i int) error { return w.Verdicts.PutRecord(w.ctx, w.a, hashes[i%3:], newRecord()) })
		require.Len(t, succeeded(errs), len(errs), errs)
		assert.Len(t, w.files(t, virustotal.FileFilter{Limit: 9}), 1)
	})
}

// VerdictsOfBefore migrates down to a schema that does not say which hashes are of one file, and up again.
func VerdictsOfBefore(t *testing.T, stores store.Stores, migrator store.Migrator, tenant tenancy.ID) {
	t.Helper()
	ctx, known, other := t.Context(), newHashes("a"), newHashes("b")
	for _, hashes := range [][]virustotal.Hash{{known[2], known[1], known[0]}, {other[1]}} {
		r := newRecord()
		r.Report.SHA1 = hashes[0]
		require.NoError(t, stores.Verdicts.PutRecord(ctx, tenant, hashes, r))
	}
	for last := ""; last != "20261125080000_files"; {
		names, err := migrator.Down(ctx)
		require.NoError(t, err)
		last = names[0]
	}
	_, err := migrator.Up(ctx)
	require.NoError(t, err)
	files, err := stores.Verdicts.Files(ctx, tenant, virustotal.FileFilter{Limit: 9})
	require.NoError(t, err)
	require.Len(t, files, 2)
	assert.Equal(t, []virustotal.Hash{other[1], known[2]}, []virustotal.Hash{files[0].Hash, files[1].Hash})
}

func testCountFiles(s suite) {
	s.holds("CountFiles counts files by verdict, each once", func(t *testing.T, w world) {
		counts, err := w.Verdicts.CountFiles(w.ctx, w.a)
		require.NoError(t, err)
		assert.Empty(t, counts)
		w.putVerdict(t, 0, virustotal.Malicious, newHashes("a")...)
		w.putVerdict(t, 0, virustotal.Malicious, newHashes("b")...)
		w.putVerdict(t, 0, virustotal.Malicious, newHashes("c")...)
		w.putVerdict(t, 1, virustotal.Clean, newHashes("c")[0])
		require.NoError(t, w.Verdicts.PutRecord(w.ctx, w.b, newHashes("d"), newRecord()))

		counts, err = w.Verdicts.CountFiles(w.ctx, w.a)
		require.NoError(t, err)
		assert.Equal(t, map[virustotal.Verdict]int{virustotal.Malicious: 2, virustotal.Clean: 1}, counts)
	})
}

func testSpend(s suite) {
	const today, tomorrow = "2026-11-23", "2026-11-24"
	spend := func(t *testing.T, w world, day string, limit int) bool {
		ok, err := w.Verdicts.Spend(w.ctx, w.a, day, limit)
		require.NoError(t, err)
		return ok
	}
	s.holds("Spend reports true until limit calls were counted on the day, then false", func(t *testing.T, w world) {
		for range 3 {
			require.True(t, spend(t, w, today, 3))
		}
		assert.False(t, spend(t, w, today, 3))
		assert.False(t, spend(t, w, today, 2))
		assert.True(t, spend(t, w, tomorrow, 1), "another day")
	})
	s.holds("Spend counts nothing when it reports false", func(t *testing.T, w world) {
		require.True(t, spend(t, w, today, 1))
		for range 5 {
			require.False(t, spend(t, w, today, 1))
		}
		assert.True(t, spend(t, w, today, 2))
		assert.False(t, spend(t, w, today, 2))
	})
	s.holds("Spend with a limit of zero reports false", func(t *testing.T, w world) {
		assert.False(t, spend(t, w, today, 0))
		assert.True(t, spend(t, w, today, 1))
	})
	s.holds("Spend counts each tenant by itself", func(t *testing.T, w world) {
		require.True(t, spend(t, w, today, 1))
		ok, err := w.Verdicts.Spend(w.ctx, w.b, today, 1)
		require.NoError(t, err)
		assert.True(t, ok)
	})
	s.holds("Concurrent calls of Spend never count past the limit", func(t *testing.T, w world) {
		const limit = 7
		spent := make([]bool, 30)
		errs := race(len(spent), func(i int) (err error) {
			spent[i], err = w.Verdicts.Spend(w.ctx, w.a, today, limit)
			return err
		})

		require.Len(t, succeeded(errs), len(spent), errs)
		count := 0
		for _, ok := range spent {
			if ok {
				count++
			}
		}
		assert.Equal(t, limit, count)
	})
}
