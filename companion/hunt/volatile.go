package hunt

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
	"github.com/velocicompanion/velocicompanion/ingest/rowtime"
)

// diffKeys are the columns that tell what a row of an artifact is about, by the artifact's name or the part of it in
// front of the slash. What a hunter would call the same thing on the next day has the same key.
var diffKeys = map[string][]string{
	"Generic.Client.Info/Users":              {"Name"},
	"Generic.Detection.HashHunter":           {"OSPath"},
	"Generic.Detection.Yara.Glob":            {"OSPath", "Rule"},
	"Generic.Forensic.LocalHashes.Glob":      {"Path"},
	"Linux.Debian.Packages":                  {"Package", "Version"},
	"Linux.Network.Netstat":                  {"State", "LocalAddr", "LocalPort", "RemoteAddr", "RemotePort"},
	"Linux.Network.NetstatEnriched":          {"Status", "Laddr", "Lport", "Raddr", "Rport"},
	"Linux.Search.FileFinder":                {"OSPath"},
	"Linux.Ssh.AuthorizedKeys":               {"OSPath", "Key"},
	"Linux.Sys.Crontab/CronScripts":          {"OSPath"},
	"Linux.Sys.Crontab/CronTabs":             {"Path", "Event", "Minute", "Hour", "DayOfMonth", "Month", "DayOfWeek", "User", "Command"},
	"Linux.Sys.Crontab/Uploaded":             {"OSPath"},
	"Linux.Sys.Pslist":                       {"Name", "Exe"},
	"Linux.Sys.Users":                        {"User", "Uid"},
	"Windows.Detection.Amcache":              {"EntryPath", "SHA1"},
	"Windows.Detection.BinaryHunter":         {"File.OSPath"},
	"Windows.Forensics.Prefetch":             {"Executable", "Hash"},
	"Windows.NTFS.MFT":                       {"OSPath"},
	"Windows.Network.Netstat":                {"Name", "Status", "Laddr.IP", "Laddr.Port", "Raddr.IP", "Raddr.Port"},
	"Windows.Network.NetstatEnriched":        {"Name", "Status", "Laddr", "Lport", "Raddr", "Rport"},
	"Windows.Sys.Users":                      {"Name", "UUID"},
	"Windows.Sysinternals.Autoruns":          {"Entry Location", "Entry", "Image Path"},
	"Windows.System.DNSCache":                {"Name", "Record"},
	"Windows.System.Pslist":                  {"Name", "Exe"},
	"Windows.System.Services":                {"Name"},
	"Windows.System.TaskScheduler":           {"OSPath"},
	"Windows.Applications.Chrome.Extensions": {"User", "_ExtensionID"},
}

// DiffKey returns the columns by which a diff of an artifact tells what a row is about where it is not told, or nil where
// it has to be told.
func DiffKey(artifact string) []string {
	if key, ok := diffKeys[artifact]; ok {
		return slices.Clone(key)
	}
	name, _, _ := strings.Cut(artifact, "/")
	return slices.Clone(diffKeys[name])
}

// volatileNames are columns that differ although nothing has changed that a hunter looks for: which run it was, what
// counts on, what is given out anew at each start. In small letters, for the last part of a path.
var volatileNames = setOf(`
	pid ppid tid parentpid processid parentprocessid sessionid inode fd
	rss vms hwm swap workingsetsize pagefileusage handles threads uptime cpu user_cpu system_cpu
	runcount runcounter visitcount visit_count referencecount ttl bytessent bytesrecvd eventrecordid recordid
	flowid clientid fqdn huntid _ts _source uploadid
	created modified accessed changed lastaccess lastseen firstseen lastlogon`)

// volatileParts are objects all of whose parts are volatile.
var volatileParts = setOf("times memoryinfo timestamps sitimestamps fntimestamps childrentree callchain lastruntimes")

// volatileEnds are how other names of times and counters end.
var volatileEnds = strings.Fields("_ts modified0x10 change0x10 access0x10 created0x10 modified0x30 change0x30 access0x30 created0x30")

// timeWords are words with which names of times end: CreateTime, start_time, Key MTime.
var timeWords = setOf("time timestamp date datetime filetime modtime mtime atime ctime btime crtime utime")

func setOf(words string) map[string]bool {
	set := make(map[string]bool)
	for _, word := range strings.Fields(words) {
		set[word] = true
	}
	return set
}

// volatile reports whether a column is a time or a counter, which a diff does not compare.
func volatile(path string) bool {
	parts := strings.Split(path, ".")
	words := wordsOf(parts[len(parts)-1])
	for i, part := range parts {
		parts[i] = strings.ToLower(part)
	}
	name := parts[len(parts)-1]
	return volatileNames[name] || slices.ContainsFunc(parts, func(part string) bool { return volatileParts[part] }) ||
		slices.ContainsFunc(volatileEnds, func(end string) bool { return strings.HasSuffix(name, end) }) || endsInTime(words)
}

// endsInTime reports whether the last of the words of a name says that it is of a time. UpToDate is of none.
func endsInTime(words []string) bool {
	n := len(words)
	switch {
	case n == 0:
		return false
	case n > 1 && words[n-1] == "stamp":
		return words[n-2] == "time"
	}
	return timeWords[words[n-1]] && (n == 1 || words[n-2] != "to")
}

// mayBeTime reports whether a column that is not volatile can be one of times by its name: lastwritetime and LastUpdate
// are, Runtime and AutoUpdate are not. Their values tell.
func mayBeTime(path string) bool {
	name := strings.ToLower(path)
	return strings.HasSuffix(name, "time") || strings.HasSuffix(name, "timestamp") || strings.HasSuffix(name, "date")
}

// wordsOf returns the words of a name in small letters: those between capitals, or between what is no letter or digit.
func wordsOf(name string) (words []string) {
	runes := []rune(name)
	begin := 0
	end := func(at int) {
		if at > begin {
			words = append(words, strings.ToLower(string(runes[begin:at])))
		}
		begin = at
	}
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end(i)
			begin = i + 1
		case unicode.IsUpper(r) && i > begin && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			end(i)
		}
	}
	end(len(runes))
	return words
}

// dated are texts with dates in forms that rows have no times of.
var dated = regexp.MustCompile(`^"([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4})\b|^"[0-9]{14}\.[0-9]{6}[-+]`)

// withoutTimes returns a column without the values that are times, or stand for one that is not there.
func withoutTimes(column *chunk.Column) *chunk.Column {
	is := make([]bool, len(column.Tokens))
	for i, token := range column.Tokens {
		_, parsed := rowtime.Parse(token, time.Time{})
		is[i] = parsed || dated.Match(token) || string(token) == "null" || string(token) == `""`
	}
	if !slices.Contains(is, true) {
		return column
	}
	rows := len(column.Codes)
	if column.Starts != nil {
		rows = len(column.Starts) - 1
	}
	out := &chunk.Column{Path: column.Path, Tokens: column.Tokens, Starts: make([]uint32, 1, rows+1)}
	for row := range rows {
		for _, code := range column.Values(row) {
			if !is[code] {
				out.Codes = append(out.Codes, code)
			}
		}
		out.Starts = append(out.Starts, uint32(len(out.Codes)))
	}
	return out
}
