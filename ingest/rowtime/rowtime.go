// Package rowtime tells when what a row speaks of happened, by the artifact and by the columns that it has.
//
// For known artifacts a table says which columns hold that, in the order of preference; for all others common names do.
// Where a column has several times for a row, as the runs of a program, the latest counts. A row without a time has none:
// nothing is made up from when it was collected. Only the year of a log that writes none, as those of syslog, which
// Velociraptor gives the year 0, is told by that: it is the latest in which the time is not more than a day after the
// collection. The day is for what was logged while the collection ran, and for clocks of other zones.
package rowtime

import (
	"math"
	"strings"
	"time"
)

// None is the time of a row that has none.
const None = math.MinInt64

// Column is the values that rows have at one path, as the chunk package has them.
type Column struct {
	Tokens [][]byte // distinct JSON tokens
	Codes  []uint32 // for each value its place in Tokens, in the order of rows
	Starts []uint32 // nil with one value in each row; else the values of row i are Codes[Starts[i]:Starts[i+1]]
}

// Times returns the time of each of rows rows of an artifact that were collected at a time, in microseconds since 1970 or
// None; nil when no row has one. column returns the column of a path, or false where there is none.
func Times(artifact string, collected time.Time, rows int, column func(path string) (Column, bool)) []int64 {
	var times []int64
	missing := rows
	for _, path := range candidates(artifact) {
		c, ok := column(path)
		if !ok {
			continue
		}
		parsed := make([]int64, len(c.Tokens))
		found := false
		for i, token := range c.Tokens {
			parsed[i] = None
			if t, ok := Parse(token, collected); ok {
				parsed[i], found = t, true
			}
		}
		if !found {
			continue
		}
		if times == nil {
			times = make([]int64, rows)
			for i := range times {
				times[i] = None
			}
		}
		if missing -= c.fill(times, parsed); missing == 0 {
			break
		}
	}
	if missing == rows {
		return nil
	}
	return times
}

// fill sets the times that are still missing and returns how many it set.
func (c Column) fill(times, parsed []int64) (set int) {
	for row := range times {
		if times[row] != None {
			continue
		}
		from, to := uint32(row), uint32(row+1)
		if c.Starts != nil {
			from, to = c.Starts[row], c.Starts[row+1]
		}
		for _, code := range c.Codes[from:to] {
			times[row] = max(times[row], parsed[code])
		}
		if times[row] != None {
			set++
		}
	}
	return set
}

// known has the columns of artifacts whose common names mislead, or that have none of those. A name without a source
// stands for all sources of the artifact.
var known = map[string]string{
	"Windows.EventLogs.Evtx":                  "System.TimeCreated.SystemTime TimeCreated",
	"Windows.Sigma.EventLogs":                 "System.TimeCreated.SystemTime Timestamp",
	"Windows.Hayabusa.Rules":                  "Timestamp _Event.System.TimeCreated.SystemTime",
	"Windows.Detection.Amcache":               "KeyMTime",
	"Windows.NTFS.MFT":                        "Created0x10 LastModified0x10 Created0x30",
	"Windows.Forensics.Prefetch":              "LastRunTimes ModificationTime CreationTime",
	"Windows.Timeline.Prefetch":               "event_time",
	"Windows.System.Services":                 "Created",
	"Windows.System.TaskScheduler":            "Mtime RegistrationTime",
	"Windows.Applications.Chrome.History":     "visit_time last_visit_time",
	"Windows.Forensics.UserAccessLogs":        "LastAccess LastSeen InsertDate",
	"Windows.Forensics.SRUM":                  "TimeStamp",
	"Windows.Detection.BinaryHunter":          "File.Timestamps.MTime File.Timestamps.Mtime File.Timestamps.ModifiedTime File.Timestamps.CreatedTime",
	"Generic.Detection.HashHunter":            "Timestamps.MTime Timestamps.Mtime Timestamps.ModifiedTime Timestamps.CreatedTime",
	"Generic.Detection.Yara.Glob":             "Mtime Ctime",
	"Linux.Sys.Crontab/CronScripts":           "Mtime",
	"Linux.Search.FileFinder":                 "MTime CTime",
	"Windows.Search.FileFinder":               "MTime CTime BTime",
	"Generic.Forensic.LocalHashes.Glob":       "Timestamp",
	"Generic.Forensic.Timeline":               "Mtime Ctime",
	"Windows.Sysinternals.Autoruns":           "Time",
	"Windows.EventLogs.PowershellScriptblock": "EventTime",
}

// common are the names that columns of times have, those of events before those of files.
const common = `EventTime System.TimeCreated.SystemTime TimeCreated event_time Timestamp timestamp TimeStamp Time time
	EventData.UtcTime UtcTime visit_time StartTime CreateTime CreationTime Created LastAccess LastRunTime LastSeen
	KeyMTime Mtime MTime mtime ModTime ModificationTime LastModified LastWriteTime Timestamps.MTime`

var commonNames = strings.Fields(common)

func candidates(artifact string) []string {
	if names, ok := known[artifact]; ok {
		return strings.Fields(names)
	}
	name, _, _ := strings.Cut(artifact, "/")
	if names, ok := known[name]; ok {
		return strings.Fields(names)
	}
	return commonNames
}
