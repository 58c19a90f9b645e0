package vtapi

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/virustotal"
)

const md5 = "d41d8cd98f00b204e9800998ecf8427f"

func object(attributes string) []byte {
	return []byte(`{"data":{"type":"file","id":"x","links":{},"attributes":{` + attributes + `}}}`)
}

func TestParseFileToleratesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for name, attributes := range map[string]string{
		"only a hash":        `"md5":"` + md5 + `"`,
		"upper case":         `"md5":"` + strings.ToUpper(md5) + `"`,
		"fields of tomorrow": `"md5":"` + md5 + `","new":{"deep":[1,2,{"x":null}]}`,
		"other types": `"names":5,"md5":"` + md5 + `","size":"big","reputation":{},"tags":"x","last_analysis_date":"today",
			"popular_threat_classification":[],"type_description":7,"sha1":["a"]`,
		"nulls":         `"md5":"` + md5 + `","names":null,"last_analysis_stats":null,"popular_threat_classification":null,"size":null`,
		"bad hashes":    `"md5":"` + md5 + `","sha1":"` + md5 + `","sha256":"zz"`,
		"absurd values": `"md5":"` + md5 + `","size":-1,"last_analysis_date":-5,"first_submission_date":999999999999999`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := parseFile(object(attributes))
			require.NoError(t, err)
			assert.Equal(t, virustotal.Report{MD5: md5}, r)
		})
	}
}

func TestParseFileReadsOnPastAFieldOfAnotherType(t *testing.T) {
	t.Parallel()
	r, err := parseFile(object(`"names":5,"size":"big","md5":"` + md5 + `","last_analysis_stats":{"malicious":41,"confirmed-timeout":2}`))
	require.NoError(t, err)
	assert.Equal(t, virustotal.Stats{Malicious: 41, ConfirmedTimeout: 2}, r.Stats)
}

func TestParseFileRefusesWhatItCannotTrust(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"nothing":           ``,
		"text":              `<html>`,
		"another kind":      `[]`,
		"no object":         `{"data":5}`,
		"no attributes":     `{"data":{"type":"file","attributes":7}}`,
		"an error object":   `{"error":{"code":"NotFoundError"}}`,
		"no hash":           string(object(`"names":["x.exe"]`)),
		"counts in words":   string(object(`"md5":"` + md5 + `","last_analysis_stats":{"malicious":"41","undetected":29}`)),
		"no counts at all":  string(object(`"md5":"` + md5 + `","last_analysis_stats":[41,29]`)),
		"negative counts":   string(object(`"md5":"` + md5 + `","last_analysis_stats":{"malicious":-1,"undetected":29}`)),
		"impossible counts": string(object(`"md5":"` + md5 + `","last_analysis_stats":{"malicious":9223372036854775807}`)),
		"two objects":       string(object(`"md5":"`+md5+`"`)) + `{}`,
		"cut short":         `{"data":{"attributes":{"md5":"` + md5 + `","last_analysis_stats":{"malicious":4`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parseFile([]byte(body))
			require.ErrorIs(t, err, virustotal.ErrForeign)
		})
	}
}

func TestParseFileKeepsTextsShortAndStorable(t *testing.T) {
	t.Parallel()
	names, err := json.Marshal(append([]string{"a\x00b", "", "x" + strings.Repeat("é", 1000)}, make([]string, 500)...))
	require.NoError(t, err)
	tags, err := json.Marshal(strings.Split(strings.Repeat("t,", 500), ","))
	require.NoError(t, err)
	r, err := parseFile(object(`"md5":"` + md5 + `","names":` + string(names) + `,"tags":` + string(tags)))
	require.NoError(t, err)
	assert.Equal(t, []string{"ab", "x" + strings.Repeat("é", maxText/2-1)}, r.Names)
	assert.Len(t, r.Tags, maxList)
}

func FuzzParseFile(f *testing.F) {
	f.Add(object(`"md5":"` + md5 + `","last_analysis_stats":{"malicious":41,"type-unsupported":4},"last_analysis_date":1700000000`))
	f.Add(object(`"md5":"` + md5 + `","names":["\u0000","\ud800","x.exe",5],"size":1e300,"tags":{}`))
	f.Add(object(`"sha256":"` + strings.Repeat("A", 64) + `","popular_threat_classification":{"suggested_threat_label":"\u202e"}`))
	f.Add([]byte(`{"data":{"attributes":null}}`))
	f.Add([]byte(`{"error":{"code":"NotFoundError","message":"File not found"}}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := parseFile(body)
		if err != nil {
			require.ErrorIs(t, err, virustotal.ErrForeign)
			return
		}
		known := 0
		for digits, h := range map[int]virustotal.Hash{32: r.MD5, 40: r.SHA1, 64: r.SHA256} {
			if h == "" {
				continue
			}
			known++
			require.Len(t, h, digits)
			canonical, err := virustotal.ParseHash(string(h))
			require.NoError(t, err)
			require.Equal(t, h, canonical)
		}
		require.NotZero(t, known)
		require.True(t, plausible(r.Stats))
		require.LessOrEqual(t, len(r.Names), maxList)
		require.LessOrEqual(t, len(r.Tags), maxList)
		for _, s := range append(append([]string{r.MeaningfulName, r.ThreatLabel, r.Type}, r.Names...), r.Tags...) {
			require.LessOrEqual(t, len(s), maxText)
			require.True(t, utf8.ValidString(s) && !strings.Contains(s, "\x00"), "%q", s)
		}
		_, err = json.Marshal(r)
		require.NoError(t, err)
	})
}
