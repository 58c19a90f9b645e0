package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/virustotal"
)

type lookup struct {
	Body struct {
		Hash string `json:"hash" doc:"MD5, SHA-1 or SHA-256, in either case" example:"16313da1bf9c4b7edfb44318bd922d6cf2bfd3b1031606d856f8835230e0081f"`
	}
}

type verdict struct {
	Hash           string           `json:"hash" doc:"The hash that was asked for"`
	Verdict        string           `json:"verdict" enum:"malicious,suspicious,clean,unknown"`
	Malicious      *bool            `json:"malicious" nullable:"true" doc:"null when the verdict is unknown"`
	Message        string           `json:"message" doc:"The verdict in a sentence"`
	Stats          virustotal.Stats `json:"stats" doc:"How many engines said what"`
	MD5            string           `json:"md5"`
	SHA1           string           `json:"sha1"`
	SHA256         string           `json:"sha256"`
	Names          []string         `json:"names"`
	MeaningfulName string           `json:"meaningful_name"`
	ThreatLabel    string           `json:"threat_label" example:"trojan.test/demo"`
	Type           string           `json:"type"`
	Size           int64            `json:"size" doc:"Bytes"`
	Tags           []string         `json:"tags"`
	Reputation     int              `json:"reputation" doc:"The community's score; negative is bad"`
	FirstSubmitted *time.Time       `json:"first_submitted_at" nullable:"true"`
	LastAnalyzed   *time.Time       `json:"last_analyzed_at" nullable:"true"`
	FromCache      bool             `json:"from_cache"`
	FetchedAt      *time.Time       `json:"fetched_at" nullable:"true" doc:"When VirusTotal was asked; null when it was not"`
}

func viewVerdict(v virustotal.Answer) verdict {
	r := v.Record.Report
	return verdict{
		Hash: string(v.Hash), Verdict: string(v.Record.Verdict), Malicious: v.Malicious(), Message: v.Message(), Stats: r.Stats,
		MD5: string(r.MD5), SHA1: string(r.SHA1), SHA256: string(r.SHA256),
		Names: nonNil(r.Names), MeaningfulName: r.MeaningfulName, ThreatLabel: r.ThreatLabel, Type: r.Type, Size: r.Size,
		Tags: nonNil(r.Tags), Reputation: r.Reputation,
		FirstSubmitted: optionalTime(r.FirstSubmittedAt), LastAnalyzed: optionalTime(r.LastAnalyzedAt),
		FromCache: v.FromCache, FetchedAt: optionalTime(v.Record.FetchedAt),
	}
}

func (a *api) routeVirusTotal() {
	guarded(a, auth.LookUpVerdicts, huma.Operation{
		OperationID: "look-up-hash", Method: http.MethodPost, Path: "/api/vt/lookup", Tags: []string{"VirusTotal"},
		Summary:     "What VirusTotal says of a file's hash",
		Description: "Answers are kept for the tenant, so that most look-ups cost nothing of the quota. Files are never uploaded.",
		Errors:      []int{http.StatusTooManyRequests, http.StatusServiceUnavailable},
	}, func(ctx context.Context, p auth.Principal, in *lookup) (*answer[verdict], error) {
		hash, err := virustotal.ParseHash(in.Body.Hash)
		if err != nil {
			return nil, err
		}
		v, err := a.companion.VirusTotal.Lookup(ctx, p.Tenant, hash)
		return reply(viewVerdict(v), err)
	})
}
