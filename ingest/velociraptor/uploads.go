package velociraptor

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/velocicompanion/velocicompanion/ingest"
)

// uploadRow is a row of uploads.json.
type uploadRow struct {
	Path       string   `json:"vfs_path"`
	Type       string   `json:"Type"` // "idx" for the index of a sparse file, which has a row of its own
	Components []string `json:"_Components"`
	Accessor   string   `json:"_accessor"`
	Size       integer  `json:"file_size"`
	Uploaded   integer  `json:"uploaded_size"`
}

// upload is what is kept of the row.
func (r uploadRow) upload(hashes *uploadHashes) ingest.Upload {
	u := ingest.Upload{Path: r.Path, Accessor: r.Accessor, Size: int64(r.Size), StoredSize: int64(r.Uploaded)}
	if len(r.Components) > 2 && r.Components[0] == uploadsFolder {
		u.Accessor = cmp.Or(u.Accessor, r.Components[1])
		u.Path = cmp.Or(u.Path, strings.Join(r.Components[2:], "/"))
	}
	if h, known := hashes.of(r.Components); known {
		u.SHA256, u.MD5 = hex.EncodeToString(h.sha256[:]), hex.EncodeToString(h.md5[:])
	}
	return u
}

const uploadsFolder = "uploads"

// readUploads reads the list of the files that a flow uploaded. That there are expected but none are listed is told too.
func (m *members) readUploads(c *ingest.CollectionWriter, f *folder, expected *int64, hashes *uploadHashes) error {
	listed := f.uploads != nil && f.uploads.UncompressedSize64 > 0
	if !listed && (expected == nil || *expected == 0) {
		return nil
	}
	w, err := c.Uploads(expected)
	if err != nil || !listed {
		return err
	}
	if err := m.readTable(f.uploads, isCSV(f.uploads), downloaded, uploadList{w, hashes}); err != nil {
		return err
	}
	if hashes.lost > 0 {
		m.batch.Note(fmt.Sprintf("of %d uploaded files of flow %s the hashes are not told: there are more than %d",
			hashes.lost, ingest.Quote(c.Origin.FlowID), maxUploadHashes))
	}
	return w.End()
}

// uploadList is a sink for the rows of uploads.json.
type uploadList struct {
	*ingest.ResultWriter
	hashes *uploadHashes
}

// Row implements sink.
func (l uploadList) Row(line int64, raw []byte) error {
	var row uploadRow
	if err := decode(raw, &row); err != nil {
		l.Reject(line, "no row about an upload: "+err.Error())
		return nil
	}
	if row.Type == "idx" {
		return nil
	}
	text, err := json.Marshal(row.upload(l.hashes))
	if err != nil {
		return err
	}
	return l.ResultWriter.Row(line, text)
}

// uploadHashes are the hashes of uploaded files, by where they are in the export: the list of uploads does not have them,
// but the rows of results that uploaded the files do. All methods work on nil, which knows none.
type uploadHashes struct {
	known map[[sha256.Size]byte]contentHashes
	lost  int // those of more files than there is memory for
}

type contentHashes struct {
	sha256 [sha256.Size]byte
	md5    [16]byte
}

// maxUploadHashes is of how many files of one flow the hashes are remembered; each takes some 150 bytes.
const maxUploadHashes = 250_000

// uploadHashes returns where to gather the hashes of a flow; nil where its uploads are not listed.
func (f *folder) uploadHashes() *uploadHashes {
	if f.uploads == nil || f.uploads.UncompressedSize64 == 0 {
		return nil
	}
	return &uploadHashes{known: make(map[[sha256.Size]byte]contentHashes)}
}

// uploadColumn is what a row has where Velociraptor uploaded a file.
type uploadColumn struct {
	SHA256     string   `json:"sha256"`
	MD5        string   `json:"md5"`
	StoredName string   `json:"StoredName"`
	Components []string `json:"Components"`
	Accessor   string   `json:"Accessor"`
}

// learn takes the hashes of files over from a row that tells of their upload.
func (h *uploadHashes) learn(row []byte) {
	if h == nil || len(row) > maxFacts || !bytes.Contains(row, []byte(`"StoredName"`)) {
		return
	}
	var columns map[string]json.RawMessage
	if json.Unmarshal(row, &columns) != nil {
		return
	}
	for _, value := range columns {
		var file uploadColumn
		if bytes.HasPrefix(value, []byte("{")) && decode(value, &file) == nil {
			h.add(file)
		}
	}
}

func (h *uploadHashes) add(file uploadColumn) {
	var of contentHashes
	if !unhex(of.sha256[:], file.SHA256) || !unhex(of.md5[:], file.MD5) {
		return
	}
	components := file.Components
	if file.Accessor != "" { // an offline collector says where the file is in the export, a client where it is on the host
		components = slices.Concat([]string{uploadsFolder, file.Accessor}, components)
	}
	at := place(components)
	if _, known := h.known[at]; !known && len(h.known) == maxUploadHashes {
		h.lost++
		return
	}
	h.known[at] = of
}

func (h *uploadHashes) of(components []string) (of contentHashes, known bool) {
	if h == nil {
		return of, false
	}
	of, known = h.known[place(components)]
	return of, known
}

// place is the components of a path in a form of fixed size.
func place(components []string) [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.Join(components, "\x00")))
}

func unhex(into []byte, text string) bool {
	bytes, err := hex.DecodeString(text)
	return err == nil && len(bytes) == copy(into, bytes) && len(bytes) == len(into)
}
