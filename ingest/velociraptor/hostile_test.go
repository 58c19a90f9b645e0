package velociraptor_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
)

// good is an export that is fine until a test spoils it.
func good(t testing.TB) []byte {
	return zipOf(t, flowFiles("", "C.1", "F.1", file{"A.json", strings.Repeat(`{"Name":"svchost.exe"}`+"\n", 1000)})...)
}

// change returns a copy of content in which the byte at a place, from the end when negative, is another one.
func change(content []byte, at int, to byte) []byte {
	out := bytes.Clone(content)
	if at < 0 {
		at += len(out)
	}
	out[at] = to
	return out
}

func TestZipsThatAreNotSoundAreRefused(t *testing.T) {
	t.Parallel()
	content := good(t)
	other := zipOf(t, flowFiles("", "C.2", "F.2", file{"A.json", "{}\n"})...)
	for name, test := range map[string]struct {
		content []byte
		want    string
	}{
		"nothing":               {nil, "is empty"},
		"no zip":                {[]byte("hello"), "is no zip"},
		"half of it":            {content[:len(content)/2], "cut short"},
		"the last byte is gone": {content[:len(content)-1], "cut short"},
		"the end is gone":       {content[:len(content)-22], "cut short"},
		"something before":      {append([]byte("PK\x03\x04 junk"), content...), "something before"},
		"something behind":      {append(bytes.Clone(content), "junk"...), "something behind"},
		"two glued":             {append(bytes.Clone(content), other...), "send one zip at a time"},
		"two glued, adjusted":   {gluedAdjusted(t, content, other), "something before its zip"},
		"fewer entries":         {change(content, -12, 1), "damaged directory"},
		"more entries":          {change(content, -12, 9), "damaged directory"},
		"directory elsewhere":   {change(content, -6, 0), "send one zip at a time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.ErrorContains(t, newHarness(t, ingest.Config{}).refused(t, archive(test.content)), test.want)
		})
	}
}

// gluedAdjusted puts one zip behind another and corrects its offsets, so that archive/zip alone would take it.
func gluedAdjusted(t *testing.T, first, second []byte) []byte {
	out := append(bytes.Clone(first), second...)
	end := out[len(out)-22:]
	add := func(at []byte) {
		binary.LittleEndian.PutUint32(at, binary.LittleEndian.Uint32(at)+uint32(len(first)))
	}
	add(end[16:])
	for at := binary.LittleEndian.Uint32(end[16:]); out[at+2] == 1; {
		entry := out[at:]
		add(entry[42:])
		at += 46
		for _, variable := range []int{28, 30, 32} {
			at += uint32(binary.LittleEndian.Uint16(entry[variable:]))
		}
	}
	_, err := zip.NewReader(bytes.NewReader(out), int64(len(out)))
	require.NoError(t, err)
	return out
}

func TestDamagedMembersAreNamed(t *testing.T) {
	t.Parallel()
	row := strings.Repeat(`{"Name":"svchost.exe"}`+"\n", 100)
	checksum := func(sum uint32, size int) func(*zip.FileHeader) {
		return func(h *zip.FileHeader) { h.CRC32, h.UncompressedSize64 = sum, uint64(size) }
	}
	sum := crc32.ChecksumIEEE([]byte(row))
	for name, test := range map[string]struct {
		header func(*zip.FileHeader)
		want   string
	}{
		"checksum":          {checksum(sum+1, len(row)), "damaged or cut short"},
		"too small a size":  {checksum(sum, len(row)-1), "damaged or cut short"},
		"too large a size":  {checksum(sum, len(row)+1), "damaged or cut short"},
		"no deflate":        {func(h *zip.FileHeader) { h.Method = zip.Deflate }, "damaged or cut short"},
		"encrypted":         {func(h *zip.FileHeader) { h.Flags |= 1 }, "protected by a password"},
		"AES":               {func(h *zip.FileHeader) { h.Method = 99 }, "protected by a password"},
		"an unknown method": {func(h *zip.FileHeader) { h.Method = 12 }, "compressed by method 12"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content := rawZip(t, func(h *zip.FileHeader) {
				if h.Name == "results/A.json" {
					test.header(h)
				}
			}, file{"collection_context.json", `{"client_id":"C.1"}`}, file{"results/A.json", row})
			err := newHarness(t, ingest.Config{}).refused(t, archive(content))
			assert.Equal(t, "results/A.json", err.Place)
			assert.ErrorContains(t, err, test.want)
		})
	}
}

func TestContextFilesThatAreNoJSONAreNamed(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"collection_context.json", "client_info.json", "hunt_info.json"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := []file{
				{"client_info.json", `{}`}, {"collection_context.json", `{"client_id":"C.1"}`}, {"hunt_info.json", `{}`},
				{"results/A.json", "{}\n"},
			}
			for i := range files {
				if files[i].name == name {
					files[i].content = "{"
				}
			}
			err := newHarness(t, ingest.Config{}).refused(t, archive(zipOf(t, files...)))
			assert.Equal(t, name, err.Place)
		})
	}
}

func TestAMemberTwiceIsRefused(t *testing.T) {
	t.Parallel()
	for _, again := range []string{"collection_context.json", "client_info.json", "results/A.json", "results/%41.json"} {
		t.Run(again, func(t *testing.T) {
			t.Parallel()
			files := append(flowFiles("", "C.1", "F.1", file{"A.json", "{}\n"}), file{again, `{"client_id":"C.2"}`})
			err := newHarness(t, ingest.Config{}).refused(t, archive(zipOf(t, files...)))
			assert.Contains(t, []string{again, "results/A.json"}, err.Place)
			assert.ErrorContains(t, err, "is there twice")
		})
	}
}

func TestNamesThatCannotBeKeptAreRefusedWithTheirPlace(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"results/%FF.json", "results/a%0Ab.json", "results/.json", "results/" + strings.Repeat("x", 600) + ".json"} {
		files := append(flowFiles("", "C.1", "F.1"), file{name, "{}\n"})
		assert.Equal(t, name, newHarness(t, ingest.Config{}).refused(t, archive(zipOf(t, files...))).Place)
	}
}

func TestLinksAreNotRead(t *testing.T) {
	t.Parallel()
	content := rawZip(t, func(h *zip.FileHeader) {
		if strings.HasPrefix(h.Name, "results/") {
			h.SetMode(fs.ModeSymlink | 0o777)
		}
	}, file{"collection_context.json", `{"client_id":"C.1"}`}, file{"results/A.json", "/etc/passwd"})
	assert.ErrorContains(t, newHarness(t, ingest.Config{}).refused(t, archive(content)), "the zip has no results")
}

func TestZipBombsAreRefused(t *testing.T) {
	t.Parallel()
	line := `{"a":"` + strings.Repeat("0", 1_000_000) + `"}` + "\n"
	bomb := zipOf(t, flowFiles("", "C.1", "F.1", file{"A.json", strings.Repeat(line, 40)})...)
	require.Less(t, len(bomb), 200_000)

	err := newHarness(t, ingest.Config{}).refused(t, archive(bomb))
	require.ErrorIs(t, err, ingest.ErrTooLarge)
	assert.Empty(t, err.Place, "refused before anything is read")

	small := newHarness(t, ingest.Config{MaxDecompressedBytes: 1 << 20, MaxRatio: math.MaxInt32})
	require.ErrorIs(t, small.refused(t, archive(bomb)), ingest.ErrTooLarge)
	require.ErrorIs(t, small.refused(t, archive(understated(t, bomb))), ingest.ErrInput, "the directory is not believed")
}

// understated makes the directory of a zip say that its members are smaller than they are.
func understated(t *testing.T, content []byte) []byte {
	zr, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range zr.File {
		header := f.FileHeader
		header.UncompressedSize64 = min(header.UncompressedSize64, 1000)
		member, err := w.CreateRaw(&header)
		require.NoError(t, err)
		raw, err := f.OpenRaw()
		require.NoError(t, err)
		_, err = io.Copy(member, raw)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

// share makes members with other names of the same length that are the same compressed bytes as the last member, so that
// the sizes of all add up to more than the archive has.
func share(content []byte, name string, others ...string) []byte {
	content, end := bytes.Clone(content[:len(content)-22]), content[len(content)-22:]
	entry := content[bytes.LastIndex(content, []byte("PK\x01\x02")):]
	for _, other := range others {
		content = append(content, bytes.Replace(entry, []byte(name), []byte(other), 1)...)
		binary.LittleEndian.PutUint16(end[10:], binary.LittleEndian.Uint16(end[10:])+1)
		binary.LittleEndian.PutUint32(end[12:], binary.LittleEndian.Uint32(end[12:])+uint32(len(entry)))
	}
	return append(content, end...)
}

func TestMembersThatShareTheirBytesCountOnce(t *testing.T) {
	t.Parallel()
	const members = 40
	zeros := `{"client_id":"C.1","a":"` + strings.Repeat("0", 1_000_000) + `"}` + "\n"
	var results, contexts []string
	for i := 1; i < members; i++ {
		results = append(results, fmt.Sprintf("results/A%02d.json", i))
		contexts = append(contexts, fmt.Sprintf("%02d/collection_context.json", i))
	}
	base := flowFiles("", "C.1", "F.1", file{"A.json", "{}\n"})
	patient := newHarness(t, ingest.Config{MaxRatio: math.MaxInt32})
	for name, content := range map[string][]byte{
		"results":  share(zipOf(t, append(base, file{"results/A00.json", zeros})...), "results/A00.json", results...),
		"contexts": share(zipOf(t, append(base, file{"00/collection_context.json", zeros})...), "00/collection_context.json", contexts...),
	} {
		h := newHarness(t, ingest.Config{MaxRatio: 2000})
		err := h.refused(t, archive(content))
		require.ErrorIs(t, err, ingest.ErrTooLarge, name)
		assert.Equal(t, name == "results", err.Place == "", "for results the directory says enough")
		if name == "results" {
			assert.Len(t, patient.kept(t, archive(content)).Results, members+1)
		}
	}
}

func TestArchivesOfTooManyFilesAreRefusedBeforeTheyAreHeldInMemory(t *testing.T) {
	t.Parallel()
	var files []file
	for i := range 101 {
		files = append(files, file{fmt.Sprintf("uploads/%d", i), ""})
	}
	h := newHarness(t, ingest.Config{MaxArchiveEntries: 100})
	err := h.refused(t, archive(zipOf(t, files...)))
	require.ErrorIs(t, err, ingest.ErrTooLarge)
	assert.ErrorContains(t, err, "more than 100 files")
}

func TestALargeZipWithItsOwnEndRecordIsRead(t *testing.T) {
	t.Parallel()
	files := flowFiles("", "C.1", "F.1", file{"A.json", "{}\n"})
	for i := range 1 << 16 {
		files = append(files, file{fmt.Sprintf("uploads/%d", i), ""})
	}
	content := rawZip(t, nil, files...)
	h := newHarness(t, ingest.Config{})
	assert.Len(t, h.rows(t, h.kept(t, archive(content)), "A"), 1)

	spoiled := bytes.Clone(content)
	at := bytes.LastIndex(spoiled, []byte("PK\x06\x06"))
	binary.LittleEndian.PutUint64(spoiled[at+32:], 1<<40)
	require.ErrorIs(t, newHarness(t, ingest.Config{}).refused(t, archive(spoiled)), ingest.ErrTooLarge)
	binary.LittleEndian.PutUint64(spoiled[at+32:], 5)
	assert.ErrorContains(t, newHarness(t, ingest.Config{}).refused(t, archive(spoiled)), "damaged directory")
	locator := bytes.LastIndex(spoiled, []byte("PK\x06\x07"))
	binary.LittleEndian.PutUint64(spoiled[locator+8:], math.MaxUint64)
	assert.ErrorContains(t, newHarness(t, ingest.Config{}).refused(t, archive(spoiled)), "damaged directory")
}

func TestErrorsOfTheFileArePassedOn(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	content := good(t)
	for _, healthy := range []int64{0, 4, 100} {
		_, err := h.Ingest(t.Context(), h.tenant, &velociraptor.Archive{
			File: failing{bytes.NewReader(content), healthy}, Size: int64(len(content)), Name: "x.zip",
		})
		require.ErrorIs(t, err, errDisk)
	}
}

var errDisk = errors.New("disk failed")

// failing is a file of which only the last part and the first few bytes can be read.
type failing struct {
	io.ReaderAt
	healthy int64
}

func (f failing) ReadAt(p []byte, at int64) (int, error) {
	if at < 300 && at+int64(len(p)) > f.healthy {
		return 0, errDisk
	}
	return f.ReaderAt.ReadAt(p, at)
}

func TestErrorsOfTheWholeNameTheArchive(t *testing.T) {
	t.Parallel()
	err := newHarness(t, ingest.Config{}).refused(t, &velociraptor.Archive{File: strings.NewReader("hello"), Size: 5, Name: "my\nfile.zip"})
	assert.EqualError(t, err, `"my\nfile.zip": is no zip`)
}

func TestAHostThatGivesItselfAHostileNameIsKept(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	long := strings.Repeat("я", hosts.MaxNameBytes)
	info := fmt.Sprintf(`{"client_id":"C.1","hostname":"%s","fqdn":"a\u0000b","mac_addresses":[%s"02:00"]}`,
		long, strings.Repeat(`"02:00",`, hosts.MaxListEntries))
	c := h.kept(t, archive(zipOf(t,
		file{"client_info.json", info}, file{"collection_context.json", `{"client_id":"C.1","session_id":"F.1"}`},
		file{"results/A.json", `{"a":1}` + "\n"},
	)))
	host := h.host(t, c)
	assert.Equal(t, long[:hosts.MaxNameBytes], host.Hostname)
	assert.Equal(t, "a", host.FQDN)
	assert.Equal(t, []string{"02:00"}, host.MACAddresses)
}

func TestAFlowThatClaimsEndlessArtifactsIsRefused(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	var stats strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&stats, `{"names_with_response":["A%d"],"result_rows":1},`, i)
	}
	context := `{"client_id":"C.1","session_id":"F.1","query_stats":[` + stats.String() + `{}]}`
	endless := func() *velociraptor.Archive {
		return archive(zipOf(t, file{"collection_context.json", context}, file{"results/A.json", "{}\n"}))
	}
	err := h.refused(t, endless())
	require.ErrorIs(t, err, ingest.ErrTooLarge)
	require.ErrorContains(t, err, "more than 4096 artifacts")
	raised := newHarness(t, ingest.Config{MaxArtifacts: 6000})
	raised.kept(t, endless())
}

func TestDataThatIsNoMetadataIsKeptAsARow(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	c := h.kept(t, &velociraptor.Document{Body: strings.NewReader(`{"hostname":"pc1","data":{"a\u0000b":1}}`)})
	assert.Equal(t, []string{`{"a\u0000b":1}`}, h.rows(t, c, velociraptor.DataArtifact))
	assert.Empty(t, h.host(t, c).Metadata)
}
