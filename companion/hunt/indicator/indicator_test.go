package indicator_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
	"github.com/velocicompanion/velocicompanion/ingest/observable"
)

const (
	md5    = "c7a06571f51f3493d20d057646020267"
	sha256 = "16313da1bf9c4b7edfb44318bd922d6cf2bfd3b1031606d856f8835230e0081f"
)

// read returns a list as "line kind value" and "line! text".
func read(t testing.TB, text string) []string {
	t.Helper()
	list, err := indicator.Read(strings.NewReader(text))
	require.NoError(t, err)
	out := []string{}
	for _, i := range list.Indicators {
		out = append(out, fmt.Sprintf("%d %s %s", i.Line, i.Observables[0].Kind, i.Observables[0].Value))
	}
	for _, i := range list.Invalid {
		require.NotEmpty(t, i.Reason)
		out = append(out, fmt.Sprintf("%d! %s", i.Line, i.Text))
	}
	return out
}

func TestReadsText(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{
		"2 sha256 " + sha256, "3 url http://nothing.example/x#frag"[:len("3 url http://nothing.example/x")], "5 ip 203.0.113.66", "6 domain evil.com",
		"7 email bob@evil.com", "9 ip 10.7.0.0/30", "10 path /var/tmp/x", "8! not an indicator at all", "12! d41d8cd98f00b204e9800998ecf8427e",
	}, read(t, "\xEF\xBB\xBF# list\n"+strings.ToUpper(sha256)+"\nhxxp://nothing[.]example/x#frag\n\n203[.]0.113.66 # c2\r\n evil(dot)com // x\nbob[at]evil.com\n"+
		"not an indicator at all\n10.7.0.3/30\n/var/tmp/x\n//\nd41d8cd98f00b204e9800998ecf8427e\nEVIL.com"))
	require.Empty(t, read(t, ""))
	require.Equal(t, []string{"1 url http://a.com/x,y"}, read(t, "http://a.com/x,y"))
}

func TestANetworkStandsForItsAddresses(t *testing.T) {
	t.Parallel()
	list, err := indicator.Read(strings.NewReader("203.0.113[.]2/31 # c2\n203.0.113.9 - 203.0.113.10\n203.0.113.2/31\n"))
	require.NoError(t, err)
	ip := func(value string) observable.Observable {
		return observable.Observable{Kind: observable.IP, Value: value}
	}
	require.Equal(t, []indicator.Indicator{
		{Text: "203.0.113[.]2/31", Line: 1, Observables: []observable.Observable{ip("203.0.113.2/31"), ip("203.0.113.2"), ip("203.0.113.3")}},
		{Text: "203.0.113.9 - 203.0.113.10", Line: 2, Observables: []observable.Observable{ip("203.0.113.9-203.0.113.10"), ip("203.0.113.9"), ip("203.0.113.10")}},
	}, list.Indicators)
	require.Equal(t, []string{"1 ip 203.0.113.0/24", "2 domain evil.com"}, read(t, "203.0.113.0/24,x\nevil.com,y\n"))
	require.Equal(t, []string{"1 ip 198.51.100.0/24"}, read(t, `{"type":"indicator","pattern":"[ipv4-addr:value ISSUBSET '198.51.100.0/24']"}`))
	require.Equal(t, []string{"2 ip 2001:db8::/112", "3 ip 10.1.0.0/18", "1! 10.0.0.0/8", "4! 10.2.0.0/17", "5! 10.0.0.9-10.0.0.1", "6! 10.0.0.1/33"},
		read(t, "10.0.0.0/8\n2001:db8::/112\n10.1.0.0/18\n10.2.0.0/17\n10.0.0.9-10.0.0.1\n10.0.0.1/33"), "65,536 and 16,384 addresses leave room for no more than 18,080")
	require.Equal(t, []string{"2 domain xn--bcher-kva.example"}, read(t, "# one\nbücher.example\nxn--bcher-kva.example\n"))
}

func TestReadsCSV(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"2 md5 " + md5, "3 domain evil.com", "4! nonsense"},
		read(t, "date,Indicator,source\n2026-01-01,"+md5+",https://feed.example.com/\n2026-01-01,evil[.]com,x\n,nonsense,https://feed.example.com/\n"))
	require.Equal(t, []string{"2 ip 203.0.113.66", "2 domain evil.com", "3! a;b"}, read(t, "# feed\n203.0.113.66;evil.com;x\na;b\n"))
	require.Equal(t, []string{"2 ip 203.0.113.66", "1! what\tthing"}, read(t, "what\tthing\nbeacon\t\"203.0.113.66\"\n"))
}

func TestEachLineIsAnIndicatorOrToldOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		`["203.0.113.66","198.51.100.77"]`:                       {"1 ip 203.0.113.66", "1 ip 198.51.100.77"},
		"[\n \"evil[.]com\",\n 7, null,\n [\"x\"]]":              {"2 domain evil.com", "3! 7", "3! null", "4! x"},
		"Title, of a report\n203.0.113.66 # c2\n198.51.100.77\n": {"2 ip 203.0.113.66", "3 ip 198.51.100.77", "1! Title, of a report"},
		"a,b\nfoo,bar\n":               {"1! a,b", "2! foo,bar"},
		"a report\nc2, 203.0.113.66\n": {"2 ip 203.0.113.66", "1! a report"},
		"ip,note\n203.0.113.66 # c2, x\n// old\n198.51.100.77 // y,z\n# w\n,only\n": {"2 ip 203.0.113.66", "4 ip 198.51.100.77", "6! ,only"},
		"203.0.113.66,\"a\nb.com,c\nd,e\n":                                          {"1 ip 203.0.113.66", "2! b.com,c"},
		"http://evil.com/x\nevil.com/x\nevil.com/x\nhttp://evil.com/x":              {"1 url http://evil.com/x", "2 url http://evil.com/x"},
		"run.py\nRUN.py\n": {"1 domain run.py"},
		"user:Bob\nUSER: CORP\\al\nuser:\nuser:-\nbob": {"1 user bob", `2 user corp\al`, "3! user:", "4! user:-", "5! bob"},
		`{"iocs":["203.0.113.66"]}`:                    {`1! {"iocs":["203.0.113.66"]}`},
		"[]":                                           {"1! []"},
	} {
		require.Equal(t, want, read(t, text), text)
	}
}

func TestReadsSTIX(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{
		"2 sha256 " + sha256, "2 md5 " + md5, "3 ip 203.0.113.66", "3 ip 203.0.113.67", "5 domain evil.com", "6 sha1 3e25e7dd858e9070807adcfc0241e4903486c3c8",
		"7 url http://evil.com/it's", "4! [file:name = 'x']", "9! [domain-name:value='evil.net']",
	}, read(t, `{"type":"bundle","id":"bundle--1","objects":[
		{"type":"indicator","pattern":"[file:hashes.'SHA-256' = '`+sha256+`' OR file:hashes.MD5='`+md5+`' AND file:name = 'a.exe']","pattern_type":"stix"},
		{"type":"indicator","pattern":"[ipv4-addr:value IN ('203.0.113.66', '203.0.113.67')] FOLLOWEDBY [ipv4-addr:value != '10.0.0.1']"},
		{"type":"indicator","pattern":"[file:name = 'x']"},
		{"type":"domain-name","value":"evil.com"},
		{"type":"file","name":"a","hashes":{"SHA-1":"3e25e7dd858e9070807adcfc0241e4903486c3c8","SHA-512":"aa"}},
		{"type":"indicator","pattern":"[url:value = 'http://evil.com/it\\'s']"},
		{"type":"identity","name":"evil.org"},
		{"type":"indicator","revoked":true,"pattern":"[domain-name:value='evil.net']"}]}`))
}

func TestReadsMISP(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{
		"2 sha256 " + sha256, "3 ip 203.0.113.66", "4 domain evil.com", "4 ip 203.0.113.67", "5 imphash " + md5, "6 md5 " + md5, "7! some words",
	}, read(t, `{"response":[{"Event":{"info":"x","Attribute":[
		{"type":"filename|sha256","value":"a.exe|`+sha256+`"},
		{"type":"ip-dst|port","value":"203.0.113.66|4443"},
		{"type":"domain|ip","value":"evil.com|203.0.113.67"},
		{"type":"imphash","value":"`+md5+`"}], "Object":[{"name":"file","Attribute":[
		{"type":"md5","value":"`+md5+`"}]}, {"Attribute":[
		{"type":"comment","value":"some words"}]}]}}]}`))
}

func TestRefusesBrokenAndBoundlessLists(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"a":`, `{"a" 1}`, `[{"a":1]`, `{"a":` + strings.Repeat("[", 200)} {
		_, err := indicator.Read(strings.NewReader(text))
		require.ErrorIs(t, err, indicator.ErrSyntax, text)
	}
	var many strings.Builder
	for i := range indicator.MaxIndicators {
		fmt.Fprintf(&many, "%064x\n", i+1)
	}
	list, err := indicator.Read(strings.NewReader(many.String()))
	require.NoError(t, err)
	require.Len(t, list.Indicators, indicator.MaxIndicators)
	_, err = indicator.Read(strings.NewReader(many.String() + "evil.com"))
	require.ErrorIs(t, err, indicator.ErrTooLarge)
	require.Equal(t, []string{"2 domain evil.com", "1! " + strings.Repeat("x", indicator.MaxTextBytes)},
		read(t, strings.Repeat("x", 3*indicator.MaxLineBytes)+"\nevil.com"))
	_, err = indicator.Read(&endless{})
	require.ErrorIs(t, err, indicator.ErrTooLarge)
}

type endless struct{}

func (*endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '#'
	}
	return len(p), nil
}

// FuzzRead holds that a list can be read or is refused, and that all that is read has a line and a meaning.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		sha256 + "\nx", "a,b\nevil.com,\"c\n", `{"type":"indicator","pattern":"[file:hashes.'MD5' = '` + md5 + `']"}`, `[{"type":"ip-dst","value":"1.2.3.4"}]`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := indicator.Read(strings.NewReader(text))
		if err != nil {
			require.True(t, errors.Is(err, indicator.ErrSyntax) || errors.Is(err, indicator.ErrTooLarge), err)
			return
		}
		lines := strings.Count(text, "\n") + 1
		for _, i := range list.Indicators {
			require.NotEmpty(t, i.Observables)
			require.True(t, i.Line >= 1 && i.Line <= lines, i)
		}
		for _, i := range list.Invalid {
			require.True(t, i.Line >= 1 && i.Line <= lines, i)
		}
	})
}
