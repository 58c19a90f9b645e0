package ingest

// Uploads is the name of the result that lists the files that a flow uploaded, one [Upload] a row. It is no artifact's:
// Expected is how many files Velociraptor says were uploaded, which says nothing of whether the collection is complete.
const Uploads = "uploads()"

// Upload is a row of Uploads: a file that was copied from the host. Its content is not kept.
type Upload struct {
	// Path is where the file was on the host, and Accessor is how Velociraptor read it there.
	Path     string `json:"path"`
	Accessor string `json:"accessor"`
	// Size is the file's, and StoredSize what was copied of it, in bytes: of a sparse file not all is.
	Size       int64 `json:"size"`
	StoredSize int64 `json:"stored_size"`
	// SHA256 and MD5 are of the content, in hex; "" where no row of the flow tells them.
	SHA256 string `json:"sha256,omitempty"`
	MD5    string `json:"md5,omitempty"`
}

// Uploads returns the result that lists the uploaded files; false where there is none.
func (c Collection) Uploads() (Result, bool) {
	for _, r := range c.Results {
		if r.Artifact == Uploads {
			return r, true
		}
	}
	return Result{}, false
}

// Uploads begins the list of uploaded files, of which Velociraptor says that there are expected, or nil. The rows are to
// be [Upload]s as JSON.
func (c *CollectionWriter) Uploads(expected *int64) (*ResultWriter, error) {
	return c.result(Uploads, expected)
}
