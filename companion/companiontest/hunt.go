package companiontest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
)

// WriteHunt writes the full export of a hunt as Velociraptor lays it out, for measuring: a zip with a folder for each host,
// which has perHost rows as of [WriteProcesses] in Windows.System.Pslist, and the same rows once more as the combined
// results. The same seed gives the same rows.
func WriteHunt(w io.Writer, hosts, perHost int, seed uint64) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	h := huntWriter{zip: z, perHost: perHost, seed: seed}
	h.file("hunt_info.json", []byte(`{"hunt_id":"H.BENCH","state":"STOPPED"}`))
	for i := range hosts {
		h.host(i)
	}
	h.combined(hosts)
	if h.err != nil {
		return h.err
	}
	return z.Close()
}

// huntWriter remembers the first error and does nothing after it.
type huntWriter struct {
	zip     *zip.Writer
	perHost int
	seed    uint64
	rows    bytes.Buffer
	err     error
}

const huntFlow = "F.BENCH.H"

func clientOf(i int) (id, fqdn string) {
	return fmt.Sprintf("C.%016x", i+1), fmt.Sprintf("WIN-%05d.corp.example.com", i+1)
}

func (h *huntWriter) file(name string, content []byte) {
	if h.err != nil {
		return
	}
	f, err := h.zip.Create(name)
	if err == nil {
		_, err = f.Write(content)
	}
	h.err = err
}

// host writes the folder of a host, and keeps its rows for a moment.
func (h *huntWriter) host(i int) {
	id, fqdn := clientOf(i)
	root := fqdn + "-" + id + "/"
	h.file(root+"client_info.json", fmt.Appendf(nil,
		`{"client_id":%q,"hostname":%q,"fqdn":%[2]q,"system":"windows","first_seen_at":1795458239}`, id, fqdn))
	h.file(root+"collection_context.json", fmt.Appendf(nil, `{"client_id":%q,"session_id":%q,"create_time":1795458418439904,`+
		`"total_collected_rows":%d,"query_stats":[{"names_with_response":["Windows.System.Pslist"],"result_rows":%[3]d}]}`,
		id, huntFlow, h.perHost))
	h.process(i)
	h.file(root+"results/Windows.System.Pslist.json", h.rows.Bytes())
}

func (h *huntWriter) process(i int) {
	h.rows.Reset()
	if err := WriteProcesses(&h.rows, h.perHost, h.perHost, h.seed+uint64(i)); h.err == nil {
		h.err = err
	}
}

// combined writes the rows of all hosts with the columns that tell them apart.
func (h *huntWriter) combined(hosts int) {
	if h.err != nil {
		return
	}
	f, err := h.zip.Create("results/All Windows.System.Pslist.json")
	if err != nil {
		h.err = err
		return
	}
	for i := range hosts {
		id, fqdn := clientOf(i)
		h.process(i)
		added := fmt.Appendf(nil, ",\"FlowId\":%q,\"ClientId\":%q,\"Fqdn\":%q}\n", huntFlow, id, fqdn)
		if _, err := f.Write(bytes.ReplaceAll(h.rows.Bytes(), []byte("}\n"), added)); err != nil && h.err == nil {
			h.err = err
		}
	}
}
