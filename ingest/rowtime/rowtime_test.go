package rowtime_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest/rowtime"
)

func TestReadsEveryFormOfTime(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]string{
		`"2026-11-23T17:39:32Z"`:                    "2026-11-23T17:39:32Z",
		`"2026-11-23T17:39:03.23103219Z"`:           "2026-11-23T17:39:03.231032Z",
		`"2026-11-24T03:39:32.5+10:00"`:             "2026-11-23T17:39:32.5Z",
		`"2026-11-23 17:37:20.686253794 +0000 UTC"`: "2026-11-23T17:37:20.686253Z",
		`"2026-11-23 12:37:20 -0500 EST"`:           "2026-11-23T17:37:20Z",
		`"2020-05-24 01:13:50.301"`:                 "2020-05-24T01:13:50.301Z",
		`"2020-05-24 01:13:50"`:                     "2020-05-24T01:13:50Z",
		`1795455593`:                                "2026-11-23T17:39:53Z",
		`1553038465.8943408`:                        "2019-03-19T23:34:25.894341Z",
		`1795455593863`:                             "2026-11-23T17:39:53.863Z",
		`1795455593863127`:                          "2026-11-23T17:39:53.863127Z",
		`"1795455593863127"`:                        "2026-11-23T17:39:53.863127Z",
		`1795455593863127999`:                       "2026-11-23T17:39:53.863127Z",
	} {
		got, ok := rowtime.Parse([]byte(token), time.Time{})
		require.True(t, ok, token)
		require.Equal(t, want, time.UnixMicro(got).UTC().Format(time.RFC3339Nano), token)
	}
}

func TestTakesNothingElseForATime(t *testing.T) {
	t.Parallel()
	for _, token := range []string{
		"", `"`, `""`, "null", "true", "{}", "[]", "0", "17", "-1", "1e+300", "9223372036854775808", `"0001-01-01T00:00:00Z"`,
		`"0000-11-22T02:40:04Z"`, `"1601-01-01T00:00:00Z"`, `"1970-01-01T00:00:00Z"`, `"2026-13-01T00:00:00Z"`, `"2026-02-30T00:00:00Z"`,
		`"2026-11-23"`, `"2026-11-23T17:39"`, `"2026-11-23T24:00:00Z"`, `"2026-11-23T17:39:32.Z"`, `"2026-11-23T17:39:32.1234567890Z"`,
		`"2026-11-23T17:39:32X"`, `"2026-11-23T17:39:32+1"`, `"2026-11-23T17:39:32+10:00x"`, `"yesterday"`, `"N/A"`, `"-"`, `"null"`, "12.5",
	} {
		_, ok := rowtime.Parse([]byte(token), time.Time{})
		require.False(t, ok, token)
	}
}

// columns returns columns in which each row has one value, or none for "".
func columns(table map[string][]string) func(string) (rowtime.Column, bool) {
	return func(path string) (rowtime.Column, bool) {
		c := rowtime.Column{Starts: []uint32{0}}
		for _, token := range table[path] {
			if token != "" {
				c.Codes = append(c.Codes, uint32(len(c.Tokens)))
				c.Tokens = append(c.Tokens, []byte(token))
			}
			c.Starts = append(c.Starts, uint32(len(c.Codes)))
		}
		return c, table[path] != nil
	}
}

func TestPicksTheTimeOfEachRowByItsArtifact(t *testing.T) {
	t.Parallel()
	at := func(second int64) string { return strconv.FormatInt(1_700_000_000+second, 10) }
	for _, c := range []struct {
		artifact string
		table    map[string][]string
		want     []int64
	}{
		{"Linux.Sys.Pslist", map[string][]string{"CreateTime": {at(1), "", at(3)}}, []int64{1, 0, 3}},
		{"Windows.EventLogs.Evtx", map[string][]string{"TimeCreated": {at(1), at(2)}, "System.TimeCreated.SystemTime": {at(5), "null"}}, []int64{5, 2}},
		{"Windows.EventLogs.RDPAuth", map[string][]string{"EventTime": {at(1)}, "CreateTime": {at(2)}}, []int64{1}},
		{"Windows.Detection.Amcache", map[string][]string{"KeyMTime": {at(1)}, "Timestamp": {at(2)}}, []int64{1}},
		{"Windows.Forensics.UserAccessLogs/DNS", map[string][]string{"LastSeen": {at(1)}}, []int64{1}},
		{"Linux.Syslog.SSHLogin", map[string][]string{"Time": {`"0000-11-22T02:40:04Z"`, `"2023-11-14T22:13:24Z"`}}, []int64{0, 4}},
		{"Custom.Unknown", map[string][]string{"Timestamp": {at(7)}, "Mtime": {at(8)}}, []int64{7}},
		{"Custom.Unknown", map[string][]string{"Timestamp": {`"-"`}, "Name": {at(8)}}, nil},
		{"Custom.Unknown", nil, nil},
	} {
		rows := 1
		for _, values := range c.table {
			rows = len(values)
		}
		var want []int64
		for _, second := range c.want {
			micros := (1_700_000_000 + second) * 1e6
			if second == 0 {
				micros = rowtime.None
			}
			want = append(want, micros)
		}
		require.Equal(t, want, rowtime.Times(c.artifact, time.Time{}, rows, columns(c.table)), c.artifact)
	}
}

func TestTheYearOfALogWithoutYearsIsToldByWhenItWasCollected(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ token, collected, want string }{
		{"0000-11-22T02:40:04Z", "2026-11-23T17:39:06Z", "2026-11-22T02:40:04Z"},
		{"0000-11-23T17:39:06Z", "2026-11-23T17:39:06Z", "2026-11-23T17:39:06Z"},
		{"0000-12-24T00:00:00.25Z", "2026-11-23T17:39:06Z", "2025-12-24T00:00:00.25Z"},
		// What was logged while the collection ran, or by a clock of another zone.
		{"0000-11-24T17:39:06Z", "2026-11-23T17:39:06Z", "2026-11-24T17:39:06Z"},
		{"0000-11-24T17:39:07Z", "2026-11-23T17:39:06Z", "2025-11-24T17:39:07Z"},
		{"0000-12-31T23:59:59Z", "2027-01-01T00:00:05Z", "2026-12-31T23:59:59Z"},
		{"0000-01-01T00:00:00Z", "2027-01-01T00:00:05Z", "2027-01-01T00:00:00Z"},
		{"0000-01-01T00:00:10Z", "2026-12-31T23:59:50Z", "2027-01-01T00:00:10Z"},
		{"0000-01-02T00:00:10Z", "2026-12-31T23:59:50Z", "2026-01-02T00:00:10Z"},
		{"0000-02-29T12:00:00Z", "2027-03-01T00:00:00Z", "2024-02-29T12:00:00Z"},
		{"0000-02-29T12:00:00Z", "1904-02-01T00:00:00Z", "1896-02-29T12:00:00Z"},
		{"0000-11-24 03:00:00 +1000 AEST", "2026-11-23T17:00:00Z", "2026-11-23T17:00:00Z"},
		{"2026-11-30T00:00:00Z", "2026-11-23T17:39:06Z", "2026-11-30T00:00:00Z"},
	} {
		collected, err := time.Parse(time.RFC3339, c.collected)
		require.NoError(t, err)
		got, ok := rowtime.Parse([]byte(`"`+c.token+`"`), collected)
		require.True(t, ok, c.token)
		require.Equal(t, c.want, time.UnixMicro(got).UTC().Format(time.RFC3339Nano), "%s of %s", c.token, c.collected)
	}
	for _, never := range []string{"0001-01-01T00:00:00Z", "0000-02-30T00:00:00Z", "0000-00-01T00:00:00Z"} {
		_, ok := rowtime.Parse([]byte(`"`+never+`"`), time.Now())
		require.False(t, ok, never)
	}
}

func TestTakesTheLatestOfSeveralTimesOfARow(t *testing.T) {
	t.Parallel()
	runs := rowtime.Column{
		Tokens: [][]byte{[]byte(`"2023-11-14T22:13:20Z"`), []byte(`"2023-11-14T22:13:21Z"`)}, Codes: []uint32{0, 1, 0}, Starts: []uint32{0, 3, 3},
	}
	times := rowtime.Times("Windows.Forensics.Prefetch", time.Time{}, 2, func(path string) (rowtime.Column, bool) { return runs, path == "LastRunTimes" })
	require.Equal(t, []int64{1_700_000_001e6, rowtime.None}, times)
}

// FuzzParse holds Parse to what package time reads in RFC 3339.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"2026-11-23T17:39:32Z", "2026-11-23T17:39:32.123456789+10:00", "2026-02-30T00:00:00Z", "1553038465.89"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		micros, ok := rowtime.Parse([]byte(`"`+text+`"`), time.Time{})
		rowtime.Parse([]byte(text), time.Time{})
		want, err := time.Parse(time.RFC3339Nano, text)
		if err != nil || want.Year() < 1602 || want.Unix() == 0 || len(text) < 20 || text[10] != 'T' || len(text) > 35 {
			return
		}
		if ok {
			require.Equal(t, want.UnixMicro(), micros)
		}
	})
}
