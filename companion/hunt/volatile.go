package hunt

import (
	"slices"
	"strings"
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

// volatileEnds are how the names of times end.
var volatileEnds = strings.Fields(`
	time timestamp date _ts modified0x10 change0x10 access0x10 created0x10 modified0x30 change0x30 access0x30 created0x30`)

func setOf(words string) map[string]bool {
	set := make(map[string]bool)
	for _, word := range strings.Fields(words) {
		set[word] = true
	}
	return set
}

// volatile reports whether a column is a time or a counter, which a diff does not compare.
func volatile(path string) bool {
	parts := strings.Split(strings.ToLower(path), ".")
	name := parts[len(parts)-1]
	if volatileNames[name] || slices.ContainsFunc(parts, func(part string) bool { return volatileParts[part] }) {
		return true
	}
	return slices.ContainsFunc(volatileEnds, func(end string) bool { return strings.HasSuffix(name, end) })
}
