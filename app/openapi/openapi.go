// Package openapi carries the description of the chain's REST interface and a page to read it on.
//
// The description is generated from the protobuf definitions together with the Go code; it is not edited by hand, and the
// package neither routes nor answers queries itself.
package openapi

import (
	_ "embed"
	"net/http"
)

//go:embed openapi.json
var document []byte

//go:embed index.html
var page []byte

const (
	documentPath = "/openapi.json"
	pagePath     = "/openapi"
)

// Paths lists the paths that Handler answers.
func Paths() []string { return []string{documentPath, pagePath} }

// Document returns the OpenAPI 2.0 description as JSON. The caller must not change it.
func Document() []byte { return document }

// Handler serves the description and the page. Both are constant, so it is safe for concurrent use.
func Handler() http.Handler {
	mux := http.NewServeMux()
	serve := func(contentType string, body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("X-Content-Type-Options", "nosniff")
			// A client that goes away in the middle of the answer is no concern of the node.
			_, _ = w.Write(body)
		}
	}
	mux.HandleFunc("GET "+documentPath, serve("application/json", document))
	mux.HandleFunc("GET "+pagePath, serve("text/html; charset=utf-8", page))
	return mux
}
