package virustotal_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/virustotal"
)

func TestVerdicts(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for name, test := range map[string]struct {
		stats     virustotal.Stats
		engines   int
		verdict   virustotal.Verdict
		malicious *bool
		message   string
	}{
		"many engines": {
			virustotal.Stats{Malicious: 41, Undetected: 29, Failure: 1, TypeUnsupported: 4}, 0, virustotal.Malicious, &yes,
			"41 of 70 engines call this file malicious (trojan.test/demo)",
		},
		"just enough": {
			virustotal.Stats{Malicious: 3, Undetected: 67}, 0, virustotal.Malicious, &yes,
			"3 of 70 engines call this file malicious (trojan.test/demo)",
		},
		"too few": {
			virustotal.Stats{Malicious: 2, Undetected: 68}, 0, virustotal.Suspicious, &no,
			"2 of 70 engines call this file malicious or suspicious (trojan.test/demo); so few may be mistaken",
		},
		"few are enough for some": {
			virustotal.Stats{Malicious: 1}, 1, virustotal.Malicious, &yes,
			"1 of 1 engine calls this file malicious (trojan.test/demo)",
		},
		"suspected only": {
			virustotal.Stats{Suspicious: 1, Harmless: 69}, 0, virustotal.Suspicious, &no,
			"1 of 70 engines calls this file malicious or suspicious (trojan.test/demo); so few may be mistaken",
		},
		"clean": {
			virustotal.Stats{Undetected: 68, Harmless: 2, Timeout: 3}, 0, virustotal.Clean, &no,
			"none of 70 engines calls this file malicious",
		},
		"nobody judged": {
			virustotal.Stats{Timeout: 1, ConfirmedTimeout: 1, Failure: 1, TypeUnsupported: 70}, 0, virustotal.Unknown, nil,
			"VirusTotal knows this file, but no engine has judged it; that says nothing about it",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, virustotal.Config{MaliciousEngines: test.engines})
			f := file("a", test.stats)
			f.ThreatLabel = "trojan.test/demo"
			r.source.Add(f)
			a, err := r.Lookup(t.Context(), r.tenant, sha256("a"))
			require.NoError(t, err)
			assert.Equal(t, test.verdict, a.Verdict)
			assert.Equal(t, test.malicious, a.Malicious())
			assert.Equal(t, test.message, a.Message())
		})
	}
}

func TestAFileThatTheSourceDoesNotKnowIsUnknown(t *testing.T) {
	t.Parallel()
	r := newRig(t, virustotal.Config{})
	for _, fromCache := range []bool{false, true} {
		a, err := r.Lookup(t.Context(), r.tenant, sha256("c"))
		require.NoError(t, err)
		assert.Equal(t, virustotal.Unknown, a.Verdict)
		assert.Nil(t, a.Malicious())
		assert.Equal(t, "VirusTotal does not know this file; that says nothing about it", a.Message())
		assert.Equal(t, fromCache, a.FromCache)
		assert.Zero(t, a.Report)
	}
}

func TestAMessageIsOneLineWhateverTheThreatIsCalled(t *testing.T) {
	t.Parallel()
	a := virustotal.Answer{Record: virustotal.Record{Verdict: virustotal.Malicious}}
	a.Report.ThreatLabel = "evil\r\n\x1b[31m\u202e" + strings.Repeat("é", 1000)
	assert.Equal(t, "none of 0 engines calls this file malicious (evil[31m"+strings.Repeat("é", 92)+")", a.Message())
}
