package companiontest

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"time"
)

var processNames = []string{
	"svchost.exe", "chrome.exe", "explorer.exe", "lsass.exe", "csrss.exe", "winlogon.exe", "services.exe",
	"RuntimeBroker.exe", "conhost.exe", "powershell.exe", "cmd.exe", "MsMpEng.exe", "SearchIndexer.exe", "spoolsv.exe",
	"taskhostw.exe", "dwm.exe", "sihost.exe", "ctfmon.exe", "WmiPrvSE.exe", "dllhost.exe",
}

const processFormat = `{"_Source":"Windows.System.Pslist","ClientId":"C.%016x","Fqdn":"WIN-%05d.corp.example.com","FlowId":"F.CH%08dAB",` +
	`"Pid":%d,"Ppid":%d,"TokenIsElevated":%v,"Name":"%s","CommandLine":"C:\\Windows\\System32\\%[7]s -k netsvcs -p -s svc%[8]d /session %[9]d",` +
	`"Exe":"C:\\Windows\\System32\\%[7]s","TokenInfo":{"IsElevated":%[6]v,"User":"NT AUTHORITY\\SYSTEM","SID":"S-1-5-18"},` +
	`"Hash":{"MD5":"%[10]s","SHA1":"%[11]s","SHA256":"%[12]s"},"Authenticode":{"Filename":"C:\\Windows\\System32\\%[7]s",` +
	`"ProgramName":"Microsoft Windows","PublisherLink":null,"Trusted":"trusted"},"Username":"NT AUTHORITY\\SYSTEM","CreateTime":"%[13]s",` +
	`"WorkingSetSize":%[14]d}` + "\n"

// WriteProcesses writes n process rows in the shape of Windows.System.Pslist as JSON Lines, some 826 bytes each, for
// measuring. Each host has perHost rows. There are 20 common names in 30 versions, and one row in 5,000 has one of 1,000
// rare names; there are 100,000 sizes of working sets. The same seed gives the same rows.
func WriteProcesses(w io.Writer, n, perHost int, seed uint64) error {
	out := bufio.NewWriterSize(w, 1<<20)
	r := rand.New(rand.NewPCG(seed, seed))
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		host := i / perHost
		name, version := processNames[r.IntN(len(processNames))], r.IntN(30)
		if r.IntN(5000) == 0 {
			name = "evil" + strconv.Itoa(r.IntN(1000)) + ".exe"
		}
		sum := sha256.Sum256([]byte(name + strconv.Itoa(version)))
		hash := hex.EncodeToString(sum[:])
		at := start.Add(time.Duration(i) * 37 * time.Millisecond).Format(time.RFC3339Nano)
		fmt.Fprintf(out, processFormat, host*7919, host, host, 4*r.IntN(5000), 4*r.IntN(5000), r.IntN(2) == 0, name,
			r.IntN(100), r.IntN(1000), hash[:32], hash[:40], hash, at, 4096*r.IntN(100_000))
	}
	return out.Flush()
}
