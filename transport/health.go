package transport

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// errStore marks a store that does not answer.
var errStore = errors.New("transport: the store does not answer")

type health struct {
	Status string `json:"status" enum:"ok" doc:"Always ok: anything else is a problem with status 503"`
}

func (a *api) routeHealth() {
	open(a, huma.Operation{
		OperationID: "health", Method: http.MethodGet, Path: "/health", Tags: []string{"Server"},
		Summary: "Whether the server and its store answer", Errors: []int{http.StatusServiceUnavailable},
	}, func(ctx context.Context, _ *struct{}) (*answer[health], error) {
		if err := a.companion.Ping(ctx); err != nil {
			return nil, errors.Join(errStore, err)
		}
		return &answer[health]{Body: health{Status: "ok"}}, nil
	})
}
