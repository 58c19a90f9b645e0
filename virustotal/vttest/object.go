package vttest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"time"

	"github.com/velocicompanion/velocicompanion/virustotal"
)

// fileObject is a file object as VirusTotal documents it, without the attributes that a report does not have.
func fileObject(r virustotal.Report) any {
	attributes := map[string]any{
		"last_analysis_stats": r.Stats,
		"names":               append([]string{}, r.Names...),
		"tags":                append([]string{}, r.Tags...),
		"size":                r.Size,
		"reputation":          r.Reputation,
	}
	for name, value := range map[string]string{
		"md5": string(r.MD5), "sha1": string(r.SHA1), "sha256": string(r.SHA256),
		"meaningful_name": r.MeaningfulName, "type_description": r.Type,
	} {
		if value != "" {
			attributes[name] = value
		}
	}
	for name, at := range map[string]time.Time{
		"first_submission_date": r.FirstSubmittedAt, "last_analysis_date": r.LastAnalyzedAt,
	} {
		if !at.IsZero() {
			attributes[name] = at.Unix()
		}
	}
	if r.ThreatLabel != "" {
		attributes["popular_threat_classification"] = map[string]any{"suggested_threat_label": r.ThreatLabel}
	}
	id := cmp.Or(r.SHA256, r.SHA1, r.MD5)
	return map[string]any{"data": map[string]any{
		"type":       "file",
		"id":         id,
		"links":      map[string]any{"self": "https://www.virustotal.com/api/v3/files/" + string(id)},
		"attributes": attributes,
	}}
}

func writeError(w http.ResponseWriter, status int, code, message string) {
	writeJSON(w, status, map[string]any{"error": map[string]any{"code": code, "message": message}})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that went away is none of a fake's concerns
}
