package velociraptor_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/ingest"
)

func (h *harness) uploads(t testing.TB, c ingest.Collection) (files []ingest.Upload) {
	for _, row := range h.rows(t, c, ingest.Uploads) {
		var file ingest.Upload
		require.NoError(t, json.Unmarshal([]byte(row), &file))
		files = append(files, file)
	}
	return files
}

func TestUploadedFilesAreListedWithTheirHashes(t *testing.T) {
	t.Parallel()
	crontab := ingest.Upload{
		Path: "/etc/crontab", Accessor: "auto", Size: 1042, StoredSize: 1042,
		SHA256: "2da6929c30925df6d73cfc92293952baf633ca88acd7751707eefa684ba8dcd1", MD5: "db66112a5d1014af79fd8077170ddcfa",
	}
	found := ingest.Upload{
		Path: "/var/www/html/uploads/thumb.php-61-61", Accessor: "scope", Size: 12, StoredSize: 12,
		SHA256: "1fb5c93147d11025064f47e93cdfd628f27fb70b1440f7305bbba34b9011383f", MD5: "5ae17195bc8dfa631b2e336e295cc27b",
	}
	for path, want := range map[string]struct {
		files int
		first ingest.Upload
	}{
		"db01.corp.example-C.9ea32b8485cedac1-F.DC28ASM1FNVD8.zip":    {13, crontab},
		"web01.corp.example-C.4c9bfb82d6c7fe51-F.DC28ASEVUFPJG.zip":   {2, found},
		"Collection-jump01.corp.example-2026-11-23T18_39_06Z.zip":     {12, crontab},
		"Collection-jump01.corp.example-2026-11-23T18_39_07Z-csv.zip": {12, crontab},
	} {
		h := newHarness(t, ingest.Config{})
		c := h.kept(t, archive(readSample(t, path)))
		files := h.uploads(t, c)
		require.Len(t, files, want.files, path)
		assert.Equal(t, want.first, files[0], path)
		for _, file := range files {
			assert.Len(t, file.SHA256, 64, "%s of %s", file.Path, path)
		}
		listed, ok := c.Uploads()
		require.True(t, ok)
		assert.EqualValues(t, want.files, *listed.Expected)
		assert.Equal(t, ingest.Complete, c.Status)
	}
}

// uploading is a flow export with one row, of which the context says that so many rows and uploaded files there are.
func uploading(rows, uploads int, list, listing, row string) []file {
	return []file{
		{"client_info.json", `{"client_id":"C.1","hostname":"pc1"}`},
		{"collection_context.json", fmt.Sprintf(
			`{"client_id":"C.1","session_id":"F.1","total_collected_rows":%d,"total_uploaded_files":%d}`, rows, uploads)},
		{list, listing}, {"results/A.json", row},
	}
}

func TestTheIndexOfASparseFileIsNoUpload(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	row := `{"vfs_path":"/pagefile.sys","Type":"","_Components":["uploads","ntfs","pagefile.sys"],"file_size":"13000000000",` +
		`"_accessor":"ntfs","uploaded_size":39000000}` + "\n"
	index := strings.Replace(row, `"Type":""`, `"Type":"idx"`, 1)
	c := h.kept(t, archive(zipOf(t, uploading(1, 2, "uploads.json", row+index, `{"a":1}`)...)))
	assert.Equal(t, []ingest.Upload{{
		Path: "/pagefile.sys", Accessor: "ntfs", Size: 13_000_000_000, StoredSize: 39_000_000,
	}}, h.uploads(t, c))
}

func TestUploadsThatAreNotListedAreToldOfAndChangeNothingElse(t *testing.T) {
	t.Parallel()
	one := `{"vfs_path":"/x","_Components":["uploads","file","x"],"file_size":1,"_accessor":"file","uploaded_size":1}` + "\n"
	for listing, listed := range map[string]int64{"": 0, one: 1, one + "}\n": 1} {
		h := newHarness(t, ingest.Config{})
		c := h.kept(t, archive(zipOf(t, uploading(1, 3, "uploads.json", listing, `{"a":1}`)...)))
		uploads, ok := c.Uploads()
		require.True(t, ok)
		assert.Equal(t, []int64{3, listed}, []int64{*uploads.Expected, uploads.Stored})
		assert.Equal(t, ingest.Complete, c.Status)
		assert.Len(t, c.Artifacts(), 1)
	}
	h := newHarness(t, ingest.Config{})
	c := h.kept(t, archive(zipOf(t, uploading(2, 1, "uploads.json", one, `{"a":1}`)...)))
	assert.Equal(t, ingest.Partial, c.Status, "an upload does not stand in for a row that is missing")
}

func TestUploadsAreReadFromCSVWhereThereIsNoJSON(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	listing := "Timestamp,vfs_path,Type,_Components,file_size,_accessor,uploaded_size\n" +
		"1795458337,/etc/x,,\"[\n \"\"uploads\"\",\n \"\"auto\"\",\n \"\"etc\"\",\n \"\"x\"\"\n]\",1042,auto,1042\n"
	row := `{"Copy":{"Path":"/etc/x","sha256":"` + strings.Repeat("ab", 32) + `","md5":"` + strings.Repeat("cd", 16) +
		`","StoredName":"/etc/x","Components":["etc","x"],"Accessor":"auto"}}`
	want := []ingest.Upload{{
		Path: "/etc/x", Accessor: "auto", Size: 1042, StoredSize: 1042, SHA256: strings.Repeat("ab", 32), MD5: strings.Repeat("cd", 16),
	}}
	files := uploading(1, 1, "uploads.csv", listing, row)
	assert.Equal(t, want, h.uploads(t, h.kept(t, archive(zipOf(t, files...)))))

	both := append(files, file{"uploads.json", `{"vfs_path":"/of/json","file_size":1,"uploaded_size":1}` + "\n"})
	h = newHarness(t, ingest.Config{})
	assert.Equal(t, "/of/json", h.uploads(t, h.kept(t, archive(zipOf(t, both...))))[0].Path)
}

func TestALongerExportHasTheLongerListOfUploads(t *testing.T) {
	t.Parallel()
	row := func(name string) string {
		return `{"vfs_path":"` + name + `","_Components":["uploads","file","` + name + `"],"file_size":1,"uploaded_size":1}` + "\n"
	}
	short := zipOf(t, uploading(1, 1, "uploads.json", row("a"), `{"a":1}`)...)
	long := zipOf(t, uploading(1, 2, "uploads.json", row("a")+row("b"), `{"a":1}`)...)
	for _, order := range [][][]byte{{short, long}, {long, short}, {long, long}} {
		h := newHarness(t, ingest.Config{})
		var c ingest.Collection
		for _, content := range order {
			c = h.kept(t, archive(content))
		}
		assert.Len(t, h.uploads(t, c), 2)
	}
}

func TestNoArtifactCanPassForTheListOfUploads(t *testing.T) {
	t.Parallel()
	h := newHarness(t, ingest.Config{})
	err := h.refused(t, archive(zipOf(t, flowFiles("", "C.1", "F.1", file{"uploads().json", "{}\n"})...)))
	assert.Contains(t, err.Error(), "uploads()")
}
